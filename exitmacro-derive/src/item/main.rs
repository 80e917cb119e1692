//! The item under `#[exitmacro::main]`, and whether it is a `fn main` that can be wrapped.

use crate::args::main::NAMES;
use crate::diagnostic::{Problems, error};
use crate::item::attributes::{self, any_path, is_conditional, is_main};
use crate::item::{Kind, has_parameters, output_span, started_runtime};
use crate::prelude;
use crate::syntax::{between_ends_of_the_macro, unwrapped};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Error, FnArg, Generics, Meta, Path, Result, ReturnType, Safety, Signature, Token,
    Type, TypePath, Visibility,
};

/// The attributes that are no macros, and so do not change the function.
const BUILT_IN: [&str; 17] = [
    "allow",
    "cfg",
    "cold",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "export_name",
    "forbid",
    "inline",
    "link_section",
    "must_use",
    "no_mangle",
    "target_feature",
    "track_caller",
    "unsafe",
    "warn",
];

/// The attributes for code that uses the function: conditions, warnings and docs; and the levels of
/// lints, which hold for everything inside. They move to the function around it, which repeats the
/// return type. There an `expect` stands once, as rustc reports each that was not needed.
const OUTER: [&str; 9] =
    ["allow", "cfg", "deny", "deprecated", "doc", "expect", "forbid", "must_use", "warn"];

/// The tools whose attributes rustc accepts.
const TOOLS: [&str; 5] = ["clippy", "diagnostic", "miri", "rust_analyzer", "rustfmt"];

/// `fn main`, in the parts that the code around it is made from.
pub(crate) struct MainFn {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    /// The attributes that move to the function around it.
    pub(crate) outer: TokenStream,
    /// The function as it was written, without its attributes and its visibility.
    written: TokenStream,
    /// The place of its return type, or else of its name.
    pub(crate) output: Span,
    attributes: Vec<Attribute>,
    /// The attributes that stay on the function inside.
    inner: Vec<Attribute>,
    signature: Signature,
    /// The semicolon in the place of a body.
    semicolon: Option<Token![;]>,
}

impl Parse for MainFn {
    fn parse(input: ParseStream) -> Result<Self> {
        let inner = attributes::without_names(input.fork().call(Attribute::parse_outer)?, &OUTER);
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        check_kind(&input.fork())?;
        let written: TokenStream = input.fork().parse()?;
        let signature: Signature = input.parse()?;
        check_name(&signature.ident)?;
        let semicolon = input.parse()?;
        // rustc checks the body.
        input.parse::<TokenStream>()?;
        Ok(MainFn {
            ident: signature.ident.clone(),
            visibility,
            outer: attributes::of_names(&attributes, &OUTER),
            inner,
            written,
            output: output_span(&signature),
            attributes,
            signature,
            semicolon,
        })
    }
}

impl MainFn {
    pub(crate) fn has_body(&self) -> bool {
        self.semicolon.is_none()
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// The return type as it was written. None if another macro may change it, or if it has no
    /// name. A macro that starts a runtime does not change it.
    pub(crate) fn kept_output(&self) -> Option<&ReturnType> {
        let is_other = |path: &Path| !is_built_in(path) && !is_main(path);
        let may_change =
            self.attributes.iter().any(|attribute| any_path(&attribute.meta, is_other));
        let output = &self.signature.output;
        (!may_change && !mentions_impl(output.to_token_stream())).then_some(output)
    }

    /// The function around it. The tokens at its ends are the user's: of a function that a macro
    /// begins or ends, rustc does not say that nothing calls it.
    pub(crate) fn around(&self, output: &TokenStream, body: &TokenStream) -> TokenStream {
        let Self { outer, visibility, ident, signature, .. } = self;
        let (keyword, parentheses) = (&signature.fn_token, signature.paren_token.span.join());
        let parameters = quote_spanned!(parentheses=> ());
        let end = self
            .written
            .clone()
            .into_iter()
            .last()
            .map_or_else(Span::call_site, |last| last.span());
        let body = quote_spanned!(end=> { #body });
        quote!(#outer #visibility #keyword #ident #parameters #output #body)
    }

    /// The return type, if it is a primitive one, which rustc refuses.
    fn primitive_output(&self) -> Option<&Type> {
        let ReturnType::Type(_, output) = self.kept_output()? else { return None };
        let Type::Path(TypePath { qself: None, path, .. }) = unwrapped(output) else { return None };
        path.get_ident().filter(|name| prelude::is_primitive(name)).map(|_| &**output)
    }

    /// The return type for a `main` next to an error, on which rustc has no error of its own.
    pub(crate) fn accepted_output(&self) -> Option<&ReturnType> {
        let is_named = |output: &&ReturnType| matches!(output, ReturnType::Type(..));
        self.kept_output().filter(is_named).filter(|_| self.primitive_output().is_none())
    }

    /// The function inside, with its attributes.
    pub(crate) fn function(&self) -> TokenStream {
        let (attributes, written) = (&self.inner, &self.written);
        quote!(#(#attributes)* #written)
    }

    /// The function inside, where an attribute above has made a runtime of its `async`: that
    /// runtime drives `future`, of the name of the body's future, instead.
    pub(crate) fn function_around(
        &self,
        future: impl Fn(&Ident) -> TokenStream,
    ) -> Option<TokenStream> {
        let attributes = &self.inner;
        let written = started_runtime::with_future(&self.written, future)?;
        Some(quote!(#(#attributes)* #written))
    }

    /// The attributes of an `async fn` that start a runtime, with those that are no macros; and the
    /// function, with the attributes that must see it as it was written. Another `async fn` fits
    /// between the two.
    pub(crate) fn split_at_runtime(&self) -> (TokenStream, TokenStream) {
        // Next to the code around it something is awaited, also if nothing is in its body.
        let written = between_ends_of_the_macro(&self.written);
        let runs: fn(&Path) -> bool =
            if self.inner.iter().any(|attribute| any_path(&attribute.meta, is_main)) {
                is_main
            } else {
                |path| !is_built_in(path)
            };
        let is_within = |attribute: &&Attribute| {
            may_be_macro(&attribute.meta) && !any_path(&attribute.meta, runs)
        };
        let (within, around): (Vec<_>, Vec<_>) = self.inner.iter().partition(is_within);
        (quote!(#(#around)*), quote!(#(#within)* #written))
    }

    /// Whether the function can be wrapped. Not a part of parsing, as the code next to an error is
    /// made from the same parts.
    pub(crate) fn check(&self) -> Result<()> {
        let mut problems = Problems::default();
        check_repetition(&self.attributes, &mut problems);
        check_async(self, &mut problems);
        check_qualifiers(&self.signature, &mut problems);
        check_generics(&self.signature.generics, &mut problems);
        check_parameters(&self.signature, &mut problems);
        check_output(self, &mut problems);
        if let Some(semicolon) = &self.semicolon {
            problems.at(semicolon, "`#[exitmacro::main]` needs a function with a body");
        }
        problems.none_or(())
    }
}

fn mentions_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => mentions_impl(group.stream()),
        _ => false,
    })
}

fn check_kind(input: ParseStream) -> Result<()> {
    let start = input.span();
    let kind: Kind =
        input.parse().map_err(|_| Error::new(start, "`#[exitmacro::main]` goes on `fn main`"))?;
    if kind.keyword != "fn" {
        return error(
            kind.keyword.span(),
            format!("`#[exitmacro::main]` goes on `fn main`, found {kind}"),
        );
    }
    Ok(())
}

fn check_name(name: &Ident) -> Result<()> {
    if name.unraw() != "main" {
        return error(
            name.span(),
            format!("`#[exitmacro::main]` goes on `fn main`, found `fn {name}`"),
        );
    }
    Ok(())
}

/// A second attribute would be a second configuration. Its path must be whole: `#[tokio::main]` has
/// the same name.
fn check_repetition(attributes: &[Attribute], problems: &mut Problems) {
    for attribute in attributes {
        let path = attribute.path().segments.iter().map(|segment| &segment.ident);
        if path.eq(["exitmacro", "main"]) || configures_exit(&attribute.meta) {
            problems.at(attribute, "repeated `#[exitmacro::main]`; put all arguments into one");
        }
    }
}

/// Whether it is a `main` of any path that has an argument of `#[exitmacro::main]`, and of no
/// runtime's `main`: those have `crate` and `threads`, too.
fn configures_exit(meta: &Meta) -> bool {
    let Meta::List(list) = meta else { return false };
    if list.path.segments.last().is_none_or(|name| name.ident != "main") {
        return false;
    }
    let mut begins = true;
    list.tokens.clone().into_iter().any(|token| {
        let is_ours = matches!(&token, TokenTree::Ident(name)
            if begins && !["crate", "threads"].iter().any(|other| name == other)
                && NAMES.iter().any(|known| name == known));
        begins = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
        is_ours
    })
}

fn check_async(main_fn: &MainFn, problems: &mut Problems) {
    if let Some(keyword) = &main_fn.signature.asyncness
        && !main_fn.attributes.iter().any(|attribute| may_be_macro(&attribute.meta))
    {
        problems.at(
            keyword,
            "`async fn main` needs a runtime; put `#[tokio::main]` below `#[exitmacro::main]`",
        );
    }
}

/// Whether an attribute may take the `async` from the function.
fn may_be_macro(meta: &Meta) -> bool {
    any_path(meta, |path| !is_built_in(path))
}

fn is_built_in(path: &Path) -> bool {
    let first = path.segments.first().map(|segment| segment.ident.to_string()).unwrap_or_default();
    let known: &[&str] = if path.segments.len() == 1 { &BUILT_IN } else { &TOOLS };
    known.contains(&first.as_str())
}

fn check_qualifiers(signature: &Signature, problems: &mut Problems) {
    if let Some(keyword) = &signature.constness {
        problems.at(keyword, "`fn main` cannot be `const` with `#[exitmacro::main]`; remove it");
    }
    if let Safety::Unsafe(keyword) = &signature.safety {
        problems.at(
            keyword,
            "`fn main` cannot be `unsafe`; write a safe `fn` with an `unsafe` block inside",
        );
    }
    if let Some(abi) = &signature.abi {
        problems.at(abi, "`fn main` cannot be `extern`; write a plain `fn`");
    }
}

fn check_generics(generics: &Generics, problems: &mut Problems) {
    if has_parameters(generics) {
        problems.at(generics, "`fn main` cannot have generic parameters; remove them");
    }
    if let Some(clause) = &generics.where_clause {
        problems.at(&clause.where_token, "`fn main` cannot have a `where` clause; remove it");
    }
}

fn check_parameters(signature: &Signature, problems: &mut Problems) {
    let variadic = signature.variadic.as_ref().map(|variadic| variadic.dots.to_token_stream());
    let is_certain = |input: &&FnArg| match input {
        FnArg::Typed(parameter) => !is_conditional(&parameter.attrs),
        FnArg::Receiver(receiver) => !is_conditional(&receiver.attrs),
    };
    let first =
        signature.inputs.iter().find(is_certain).map(ToTokens::to_token_stream).or(variadic);
    if let Some(parameter) = first {
        problems.at(
            &parameter,
            "`fn main` takes no parameters; use `std::env::args` for those of the command line",
        );
    }
}

/// rustc has two errors of its own: of the `main` of a program, and of the call around this one.
fn check_output(main_fn: &MainFn, problems: &mut Problems) {
    if let Some(output) = main_fn.primitive_output() {
        let name = output.to_token_stream();
        let what = format!(
            "`fn main` cannot return `{name}`; write `-> std::process::ExitCode`, and return a \
             status such as `ExitCode::from(3)`"
        );
        problems.at(output, &what);
    }
}

#[cfg(test)]
#[path = "main_tests.rs"]
mod tests;
