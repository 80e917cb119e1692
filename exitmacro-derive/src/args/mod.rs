//! Reading arguments, which all macros write as `key = value, …`.

pub(crate) mod at_exit;
mod bare_list;
pub(crate) mod cleanup;
pub(crate) mod duration;
pub(crate) mod edge;
pub(crate) mod main;
pub(crate) mod method;
pub(crate) mod options;
mod priority;
pub(crate) mod signal;

use crate::args::bare_list::BareList;
use crate::compiler::Compiler;
use crate::diagnostic::{Problems, article, error, hint};
use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::token::Paren;
use syn::{Error, Path, Result, Token, parenthesized};

/// The example of `crate` in messages.
pub(crate) const CRATE_EXAMPLE: &str = "crate = ::exitmacro";

pub(crate) struct Reader<'a> {
    input: ParseStream<'a>,
    /// The macro, as messages call it.
    of: &'static str,
    /// The names of its arguments, as messages list them.
    names: &'static [&'static str],
    keys: Keys,
}

/// The arguments that are given, also those whose value could not be read.
#[derive(Default)]
pub(crate) struct Keys(Vec<Ident>);

impl Keys {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Ident> {
        self.iter().find(|key| *key == name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Ident> {
        self.0.iter()
    }

    /// `crate` as it was read, or else where the compiler finds `exitmacro`.
    pub(crate) fn crate_path(
        &self,
        given: Option<Path>,
        compiler: &Compiler,
        problems: &mut Problems,
    ) -> Option<Path> {
        if self.has("crate") { given } else { compiler.find_exitmacro(problems) }
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        input: ParseStream<'a>,
        of: &'static str,
        names: &'static [&'static str],
    ) -> Self {
        Self { input, of, names, keys: Keys::default() }
    }

    /// As `new`, for a list that continues an earlier one with the arguments `keys`.
    pub(crate) fn continued(
        keys: Keys,
        input: ParseStream<'a>,
        of: &'static str,
        names: &'static [&'static str],
    ) -> Self {
        Self { input, of, names, keys }
    }

    /// Passes every key to `read`, and skips what `read` cannot read. Returns the keys, also those
    /// whose value could not be read.
    pub(crate) fn read_all(
        mut self,
        problems: &mut Problems,
        mut read: impl FnMut(&mut Self, Ident) -> Result<()>,
    ) -> Keys {
        while !self.input.is_empty() {
            let noted = self.keys.0.len();
            let mut has_value = false;
            let found = self.key().and_then(|key| {
                has_value = self.input.peek(Token![=]);
                read(&mut self, key)
            });
            if let Err(error) = found {
                problems.push(error);
                problems.keep(skip(self.input));
                let is_argument = has_value || self.keys.0.len() > noted;
                // What is in front of an argument, and is none, is one mistake: no comma belongs
                // after it.
                if !is_argument && argument_begins(self.input) {
                    continue;
                }
            }
            problems.keep(comma(self.input, "arguments"));
        }
        self.keys
    }

    fn key(&self) -> Result<Ident> {
        if self.input.peek(Token![#]) {
            return Err(self.input.error(self.no_attributes()));
        }
        let expected = |_| {
            self.input.error(format!(
                "expected {} `{}` argument, one of `{}`",
                article(self.of),
                self.of,
                self.names.join("`, `")
            ))
        };
        self.input.call(Ident::parse_any).map_err(expected)
    }

    fn no_attributes(&self) -> String {
        let instead = match self.of {
            "config" => "`config!` once for each condition, with the `cfg` in front of it".into(),
            of => format!("`#[cfg_attr(…, {of}(…))]` once for each condition"),
        };
        format!("an argument cannot have attributes; for a `cfg`, write {instead}")
    }

    /// The value after the key and its `=`.
    pub(crate) fn value<T>(
        &mut self,
        key: Ident,
        example: &str,
        parse: impl FnOnce(ParseStream) -> Result<T>,
    ) -> Result<Option<T>> {
        self.note(&key)?;
        let equals: Option<Token![=]> = self.input.parse()?;
        if self.at_end() {
            return error(
                key.span(),
                format!("missing value of `{key}`; write one, such as `{example}`"),
            );
        }
        if equals.is_none() {
            return Err(self.input.error(format!("expected `=` after `{key}`, as in `{example}`")));
        }
        parse(self.input).map(Some)
    }

    /// As `value`, or `alone` for a key without a value.
    pub(crate) fn value_or<T>(
        &mut self,
        key: Ident,
        alone: T,
        example: &str,
        parse: impl FnOnce(ParseStream) -> Result<T>,
    ) -> Result<Option<T>> {
        if self.at_end() || argument_begins(self.input) {
            return self.note(&key).map(|()| Some(alone));
        }
        self.value(key, example, parse)
    }

    /// The list in parentheses after the key.
    pub(crate) fn list<T>(
        &mut self,
        key: Ident,
        example: &str,
        parse: impl FnOnce(ParseStream) -> Result<T>,
    ) -> Result<Option<T>> {
        self.note(&key)?;
        if self.at_end() {
            return error(
                key.span(),
                format!("missing list of `{key}`; write it in parentheses, as in `{example}`"),
            );
        }
        if !self.input.peek(Paren) {
            return Err(self.without_parentheses(&key, example));
        }
        let content;
        parenthesized!(content in self.input);
        if content.is_empty() {
            return error(
                key.span(),
                format!(
                    "empty `{key}`; write a path in the parentheses, as in `{example}`, or remove \
                     `{key}`"
                ),
            );
        }
        parse(&content).map(Some)
    }

    fn without_parentheses(&self, key: &Ident, example: &str) -> Error {
        let start = self.input.span();
        let list = self
            .input
            .parse::<Option<Token![=]>>()
            .and_then(|_| BareList::parse(self.input, self.names))
            .ok()
            .filter(|list| !list.is_empty());
        let instead = list.map_or_else(
            || format!(", as in `{example}`"),
            |list| format!("; write `{key}({list})`"),
        );
        Error::new(start, format!("expected parentheses after `{key}`{instead}"))
    }

    /// A key that takes no value.
    pub(crate) fn flag(&mut self, key: &Ident) -> Result<()> {
        self.note(key)?;
        if self.at_end() || self.input.peek(Ident::peek_any) {
            return Ok(());
        }
        Err(self.input.error(format!("`{key}` takes no value; write `{key}` alone")))
    }

    /// The value of `crate`.
    pub(crate) fn crate_path(&mut self, key: Ident) -> Result<Option<Path>> {
        self.value(key, CRATE_EXAMPLE, |input| {
            let start = input.span();
            Path::parse_mod_style(input).map_err(|_| {
                Error::new(start, "`crate` expects a path without quotes, such as `::exitmacro`")
            })
        })
    }

    /// The error about a key that the macro does not know.
    pub(crate) fn unknown(&self, key: &Ident) -> Result<()> {
        error(
            key.span(),
            format!(
                "unknown `{}` argument `{key}`; {}",
                self.of,
                hint(&key.to_string(), self.names)
            ),
        )
    }

    /// Notes that the argument is given, once.
    fn note(&mut self, key: &Ident) -> Result<()> {
        if self.keys.iter().any(|earlier| earlier == key) {
            return error(key.span(), format!("repeated `{}` argument `{key}`", self.of));
        }
        self.keys.0.push(key.clone());
        Ok(())
    }

    fn at_end(&self) -> bool {
        self.input.is_empty() || self.input.peek(Token![,])
    }
}

/// The comma after an element; the last element may lack it.
pub(crate) fn comma(input: ParseStream, between: &str) -> Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    let error = input.error(format!("expected `,` between {between}"));
    skip(input)?;
    input.parse::<Option<Token![,]>>()?;
    Err(error)
}

/// Skips tokens up to a comma or the beginning of an argument.
pub(crate) fn skip(input: ParseStream) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) && !argument_begins(input) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

fn argument_begins(input: ParseStream) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=])
}

/// One of several words, without quotes.
pub(crate) fn word<T: Copy>(input: ParseStream, key: &str, words: &[(&str, T)]) -> Result<T> {
    let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
    let word: Ident =
        expect(input, &format!("`{key}` expects {}, without quotes", alternatives(&names)))?;
    let text = word.to_string();
    match words.iter().find(|(name, _)| *name == text) {
        Some((_, meaning)) => Ok(*meaning),
        None => error(word.span(), format!("unknown `{key}` `{text}`; {}", hint(&text, &names))),
    }
}

/// "`a`, `b` or `c`"
fn alternatives(names: &[&str]) -> String {
    let (last, others) = names.split_last().expect("there are words");
    format!("`{}` or `{last}`", others.join("`, `"))
}

/// A `T`, or an error at the next token with the message `expected`, as for an attribute, which
/// might remove the value.
pub(crate) fn expect<T: Parse>(input: ParseStream, expected: &str) -> Result<T> {
    let start = input.span();
    if input.peek(Token![#]) {
        return error(start, expected);
    }
    input.parse().map_err(|_| Error::new(start, expected))
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
