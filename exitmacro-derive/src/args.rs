//! The arguments of `#[at_exit(…)]`.

use crate::diagnostic::{Problems, error, hint};
use crate::{duration, priority};
use proc_macro2::{Ident, TokenTree};
use std::time::Duration;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, LitInt, LitStr, Path, Result, Token};

/// The names of the arguments, as messages list them.
const NAMES: [&str; 5] = ["priority", "timeout", "name", "thread", "crate"];

/// What the arguments say; `None` where they say nothing.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) priority: Option<Expr>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) name: Option<LitStr>,
    pub(crate) thread: Option<Thread>,
    /// Where the runtime crate is found.
    pub(crate) runtime: Option<Path>,
}

/// The thread a handler runs on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Thread {
    Runner,
    Caller,
}

impl Parse for Args {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut args = Args::default();
        let mut reader = Reader { input, seen: Vec::new() };
        let mut problems = Problems::default();
        while !input.is_empty() {
            if let Err(error) = reader.read_one(&mut args) {
                problems.push(error);
                reader.skip()?;
            }
            problems.keep(reader.comma());
        }
        problems.none_or(args)
    }
}

struct Reader<'a> {
    input: ParseStream<'a>,
    seen: Vec<Ident>,
}

impl Reader<'_> {
    fn read_one(&mut self, args: &mut Args) -> Result<()> {
        let key = self.key()?;
        match key.to_string().as_str() {
            "priority" => args.priority = self.value(key, "priority = 10", priority::parse)?,
            "timeout" => args.timeout = self.value(key, "timeout = \"5s\"", timeout)?,
            "name" => args.name = self.value(key, "name = \"close the database\"", name)?,
            "thread" => args.thread = self.value(key, "thread = caller", thread)?,
            "crate" => args.runtime = self.value(key, "crate = ::exitmacro", runtime)?,
            other => error(key.span(), format!("unknown `at_exit` argument `{other}`; {}", hint(other, &NAMES)))?,
        }
        Ok(())
    }

    fn key(&self) -> Result<Ident> {
        let expected = |_| self.input.error(format!("expected an `at_exit` argument, one of `{}`", NAMES.join("`, `")));
        self.input.call(Ident::parse_any).map_err(expected)
    }

    fn value<T>(&mut self, key: Ident, example: &str, parse: fn(ParseStream) -> Result<T>) -> Result<Option<T>> {
        if self.seen.contains(&key) {
            return error(key.span(), format!("repeated `at_exit` argument `{key}`"));
        }
        let equals: Option<Token![=]> = self.input.parse()?;
        if self.input.is_empty() || self.input.peek(Token![,]) {
            return error(key.span(), format!("missing value of `{key}`; write one, such as `{example}`"));
        }
        if equals.is_none() {
            return Err(self.input.error(format!("expected `=` after `{key}`, as in `{example}`")));
        }
        self.seen.push(key);
        parse(self.input).map(Some)
    }

    /// The comma behind an argument; the last one may lack it.
    fn comma(&self) -> Result<()> {
        if self.input.is_empty() || self.input.parse::<Option<Token![,]>>()?.is_some() {
            return Ok(());
        }
        let error = self.input.error("expected `,` between arguments");
        self.skip()?;
        self.input.parse::<Option<Token![,]>>()?;
        Err(error)
    }

    /// Skips what cannot be read, up to a comma or the beginning of an argument.
    fn skip(&self) -> Result<()> {
        let begins = || self.input.peek(Ident::peek_any) && self.input.peek2(Token![=]);
        while !self.input.is_empty() && !self.input.peek(Token![,]) && !begins() {
            self.input.parse::<TokenTree>()?;
        }
        Ok(())
    }
}

fn timeout(input: ParseStream) -> Result<Duration> {
    if input.peek(LitInt) {
        let number: LitInt = input.parse()?;
        let unit = if number.suffix().is_empty() { "s" } else { "" };
        return error(number.span(), format!("`timeout` expects a duration in quotes; write `timeout = \"{number}{unit}\"`"));
    }
    let literal: LitStr = expect(input, "`timeout` expects a duration in quotes, such as \"5s\", \"250ms\" or \"1m30s\"")?;
    let duration = duration::parse(&literal)?;
    if duration.is_zero() {
        return error(literal.span(), "`timeout` must be longer than zero; leave it out for the default");
    }
    Ok(duration)
}

fn name(input: ParseStream) -> Result<LitStr> {
    let literal: LitStr = expect(input, "`name` expects a text in quotes, such as \"close the database\"")?;
    let text = literal.value();
    if text.trim().is_empty() {
        return error(literal.span(), "empty `name`; leave it out to use the function's path");
    }
    if text.contains(char::is_control) {
        return error(literal.span(), "control character in `name`; reports show it on one line, so write plain text");
    }
    Ok(literal)
}

fn thread(input: ParseStream) -> Result<Thread> {
    const NAMES: [&str; 2] = ["runner", "caller"];
    let word: Ident = expect(input, "`thread` expects `runner` or `caller`, without quotes")?;
    match word.to_string().as_str() {
        "runner" => Ok(Thread::Runner),
        "caller" => Ok(Thread::Caller),
        other => error(word.span(), format!("unknown `thread` `{other}`; {}", hint(other, &NAMES))),
    }
}

fn runtime(input: ParseStream) -> Result<Path> {
    let start = input.span();
    Path::parse_mod_style(input).map_err(|_| Error::new(start, "`crate` expects a path without quotes, such as `::exitmacro`"))
}

/// The next token as a `T`, or an error at it that says what was expected.
fn expect<T: Parse>(input: ParseStream, expected: &str) -> Result<T> {
    let start = input.span();
    input.parse().map_err(|_| Error::new(start, expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::TokenStream;

    fn parse(text: &str) -> Result<Args> {
        syn::parse_str(text)
    }

    fn problems(text: &str) -> Vec<String> {
        parse(text).err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    fn problem(text: &str) -> String {
        problems(text).join(" + ")
    }

    #[test]
    fn no_arguments_say_nothing() {
        let args = parse("").unwrap();
        assert!(args.priority.is_none() && args.timeout.is_none() && args.name.is_none());
        assert!(args.thread.is_none() && args.runtime.is_none());
    }

    #[test]
    fn every_argument_is_read() {
        let args = parse("priority = 10, timeout = \"5s\", name = \"db\", thread = caller, crate = crate::exit,").unwrap();
        assert!(args.priority.is_some() && args.runtime.is_some());
        assert_eq!(args.timeout, Some(Duration::from_secs(5)));
        assert_eq!(args.name.unwrap().value(), "db");
        assert_eq!(args.thread, Some(Thread::Caller));
    }

    #[test]
    fn order_does_not_matter() {
        assert_eq!(problem("thread = runner, priority = A::B + 1"), "");
    }

    #[test]
    fn near_miss_is_named() {
        assert_eq!(problem("prio = 1"), "unknown `at_exit` argument `prio`; did you mean `priority`?");
        assert_eq!(problem("timout = \"5s\""), "unknown `at_exit` argument `timout`; did you mean `timeout`?");
    }

    #[test]
    fn unknown_argument_gets_the_list() {
        let list = "`priority`, `timeout`, `name`, `thread`, `crate`";
        assert_eq!(problem("colour = red"), format!("unknown `at_exit` argument `colour`; expected one of {list}"));
        assert_eq!(problem("5"), format!("expected an `at_exit` argument, one of {list}"));
    }

    #[test]
    fn repeated_argument_is_reported() {
        assert_eq!(problem("priority = 1, priority = 2"), "repeated `at_exit` argument `priority`");
    }

    #[test]
    fn repetition_of_a_bad_argument_is_reported() {
        assert_eq!(problems("thread = 1, thread = caller").len(), 2);
    }

    #[test]
    fn missing_value_is_reported() {
        for text in ["priority", "priority, name = \"a\"", "priority =", "priority = , name = \"a\""] {
            assert_eq!(problem(text), "missing value of `priority`; write one, such as `priority = 10`", "{text}");
        }
    }

    #[test]
    fn missing_equals_is_reported() {
        for text in ["priority(5)", "priority: 5", "priority 5", "priority += 5"] {
            assert_eq!(problem(text), "expected `=` after `priority`, as in `priority = 10`", "{text}");
        }
    }

    #[test]
    fn missing_comma_is_reported_once() {
        assert_eq!(problem("priority = 5 timeout = \"5s\""), "expected `,` between arguments");
        assert_eq!(problem("timeout = \"5s\" \"6s\", name = \"a\""), "expected `,` between arguments");
    }

    #[test]
    fn lone_comma_is_reported_once() {
        assert!(problem(", priority = 5").starts_with("expected an `at_exit` argument"));
        assert!(problem("priority = 5,, thread = caller").starts_with("expected an `at_exit` argument"));
        assert_eq!(problems("priority = 5,, thread = caller").len(), 1);
    }

    #[test]
    fn timeout_without_quotes_gets_the_fix() {
        assert_eq!(problem("timeout = 5"), "`timeout` expects a duration in quotes; write `timeout = \"5s\"`");
        assert_eq!(problem("timeout = 250ms"), "`timeout` expects a duration in quotes; write `timeout = \"250ms\"`");
    }

    #[test]
    fn timeout_of_another_kind_is_reported() {
        for text in ["timeout = 1.5", "timeout = Duration::from_secs(5)", "timeout = b\"5s\""] {
            assert!(problem(text).starts_with("`timeout` expects a duration in quotes, such as"), "{text}");
        }
    }

    #[test]
    fn zero_timeout_is_reported() {
        assert_eq!(problem("timeout = \"0s\""), "`timeout` must be longer than zero; leave it out for the default");
    }

    #[test]
    fn name_is_a_plain_text() {
        assert!(problem("name = close").starts_with("`name` expects a text"));
        assert!(problem("name = \" \"").starts_with("empty `name`"));
        assert!(problem("name = \"a\\nb\"").starts_with("control character"));
    }

    #[test]
    fn thread_is_one_of_two_words() {
        assert_eq!(problem("thread = runer"), "unknown `thread` `runer`; did you mean `runner`?");
        assert_eq!(problem("thread = main"), "unknown `thread` `main`; expected one of `runner`, `caller`");
        assert_eq!(problem("thread = \"caller\""), "`thread` expects `runner` or `caller`, without quotes");
    }

    #[test]
    fn crate_is_a_path() {
        assert_eq!(problem("crate = \"exitmacro\""), "`crate` expects a path without quotes, such as `::exitmacro`");
    }

    #[test]
    fn every_mistake_is_reported() {
        let found = problems("prio = 1, timeout = 5 name = \"\", thread = caller, thread = runner, priority = \"1\"");
        assert_eq!(found.len(), 6, "{found:#?}");
    }

    #[test]
    fn literals_from_a_macro_are_read() {
        let quoted = TokenTree::Group(proc_macro2::Group::new(proc_macro2::Delimiter::None, quote::quote!("5s")));
        let tokens: TokenStream = quote::quote!(timeout = #quoted, name = #quoted);
        let args: Args = syn::parse2(tokens).unwrap();
        assert_eq!(args.timeout, Some(Duration::from_secs(5)));
    }
}
