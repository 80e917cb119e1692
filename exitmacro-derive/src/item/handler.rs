//! The item under `#[at_exit]`: a function or a static, and whether it can be a handler.

use crate::diagnostic::{Problems, error};
use crate::item::attributes::{self, any_path, is_conditional, is_main};
use crate::item::{Kind, has_parameters, output_span, self_type};
use crate::syntax::{Extent, unwrapped};
use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, FnArg, Generics, PatType, Result, ReturnType, Safety, Signature,
    StaticMutability, Token, Type, TypeReference, Visibility,
};

/// What the code around a handler is made from.
pub(crate) struct Handler {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    /// The attributes that decide whether the item exists.
    pub(crate) conditions: TokenStream,
    /// The attributes that set levels of lints.
    pub(crate) lints: TokenStream,
    /// Whether rustc may warn of code that mentions the item.
    pub(crate) is_deprecated: bool,
    pub(crate) subject: Subject,
}

pub(crate) enum Subject {
    Function {
        /// The keyword of an `async fn`.
        asyncness: Option<Token![async]>,
        /// More than one only if at most one of them remains under any conditions.
        parameters: Vec<Parameter>,
        /// The place of its return type, or else of its name.
        output: Span,
        /// It has no return type.
        returns_nothing: bool,
    },
    Static {
        /// The place of its type.
        ty: Extent,
    },
}

pub(crate) struct Parameter {
    /// The place of its type.
    pub(crate) span: Span,
    /// The attributes that decide whether it exists.
    pub(crate) conditions: TokenStream,
}

impl Handler {
    /// Reads on after a mistake, as the code next to an error is made from the same parts. An error
    /// is returned where no other item may follow this one, as in an `impl`.
    pub(crate) fn read(item: TokenStream, problems: &mut Problems) -> Result<Self> {
        (|input: ParseStream| Self::parse(input, problems)).parse2(item)
    }

    fn parse(input: ParseStream, problems: &mut Problems) -> Result<Self> {
        let tokens: TokenStream = input.fork().parse()?;
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        check_repetition(&attributes)?;
        let (ident, subject) = match kind(&input.fork())? {
            Accepted::Function => {
                self_type::check(tokens)?;
                function(input, &attributes, problems)?
            }
            Accepted::Static => static_item(input, problems)?,
        };
        let is_deprecated = attributes::mentions(&attributes, &["deprecated"]);
        Ok(Handler {
            ident,
            visibility,
            conditions: attributes::conditions(&attributes),
            lints: attributes::lints(&attributes),
            is_deprecated,
            subject,
        })
    }

    pub(crate) fn asyncness(&self) -> Option<&Token![async]> {
        match &self.subject {
            Subject::Function { asyncness, .. } => asyncness.as_ref(),
            Subject::Static { .. } => None,
        }
    }

    /// Whether it takes nothing and returns nothing.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(
            &self.subject,
            Subject::Function { asyncness: None, parameters, returns_nothing: true, .. }
                if parameters.is_empty()
        )
    }
}

/// The kinds of items that can be handlers.
enum Accepted {
    Function,
    Static,
}

fn kind(input: ParseStream) -> Result<Accepted> {
    let start = input.span();
    let kind: Kind = input
        .parse()
        .map_err(|_| Error::new(start, "`#[at_exit]` goes on a free function or a `static`"))?;
    match kind.keyword.to_string().as_str() {
        "fn" => Ok(Accepted::Function),
        "static" => Ok(Accepted::Static),
        keyword => {
            let instead = match keyword {
                "struct" | "enum" => {
                    "; derive `AtExitCleanup` for a type whose values are closed at exit, \
                     with its arguments in `#[cleanup(…)]`"
                }
                _ => "",
            };
            let accepted = "goes on a free function or a `static`";
            error(kind.keyword.span(), format!("`#[at_exit]` {accepted}, found {kind}{instead}"))
        }
    }
}

fn function(
    input: ParseStream,
    attributes: &[Attribute],
    problems: &mut Problems,
) -> Result<(Ident, Subject)> {
    let signature: Signature = input.parse()?;
    check_place(&signature)?;
    check_name(&signature.ident, problems);
    if signature.asyncness.is_some() {
        check_runtime(attributes, problems);
    }
    check_qualifiers(&signature, problems);
    check_generics(&signature.generics, problems);
    check_parameters(&signature, problems);
    check_output(&signature.output, problems);
    check_body(input)?;
    let parameters = parameters(&signature).map(Parameter::of).collect();
    let output = output_span(&signature);
    let returns_nothing = matches!(signature.output, ReturnType::Default);
    let asyncness = signature.asyncness;
    Ok((signature.ident, Subject::Function { asyncness, parameters, output, returns_nothing }))
}

/// The static, from its keyword on.
fn static_item(input: ParseStream, problems: &mut Problems) -> Result<(Ident, Subject)> {
    input.parse::<Token![static]>()?;
    check_mutability(&input.parse()?, problems);
    let ident = input.parse()?;
    input.parse::<Token![:]>()?;
    // rustc checks whether the type can be cleaned up.
    let ty: Type = input.parse()?;
    check_cell(&ty, problems);
    check_value(input)?;
    Ok((ident, Subject::Static { ty: Extent::of(&ty) }))
}

fn check_mutability(mutability: &StaticMutability, problems: &mut Problems) {
    if let StaticMutability::Mut(keyword) = mutability {
        problems.at(
            keyword,
            "`#[at_exit]` cannot share a `static mut`; use a `static` with a `OnceLock` or a \
             `Mutex`",
        );
    }
}

/// For a type without a cleanup rustc recommends an `AtExitCell`; for the cell itself that advice
/// would be wrong. Another path may lead to a type of the user with that name.
fn check_cell(ty: &Type, problems: &mut Problems) {
    let Type::Path(path) = ty else { return };
    let names: Vec<_> = path.path.segments.iter().map(|segment| &segment.ident).collect();
    let (Some((name, module)), None) = (names.split_last(), &path.qself) else { return };
    let is_ours = module.is_empty() || (module.len() == 1 && module[0] == "exitmacro");
    if *name == "AtExitCell" && is_ours {
        let what = "an `AtExitCell` is dropped at exit by itself; remove `#[at_exit]`, and use \
                    the cell's `priority`, `timeout` and `name`";
        problems.at(name, what);
    }
}

/// A static without a value is in an `extern` block.
fn check_value(input: ParseStream) -> Result<()> {
    if let Some(semicolon) = input.parse::<Option<Token![;]>>()? {
        return error(semicolon.span, "`#[at_exit]` needs a `static` with a value");
    }
    // rustc checks the value.
    input.parse::<TokenStream>().map(drop)
}

/// A second `#[at_exit]` would declare a second handler.
fn check_repetition(attributes: &[Attribute]) -> Result<()> {
    match attributes.iter().find(|attribute| {
        attribute.path().segments.last().is_some_and(|name| name.ident == "at_exit")
    }) {
        Some(second) => {
            Err(Error::new_spanned(second, "repeated `#[at_exit]`; put all arguments into one"))
        }
        None => Ok(()),
    }
}

/// An attribute that starts a runtime takes away the `async` of a function, of which the code of
/// this one awaits the future.
fn check_runtime(attributes: &[Attribute], problems: &mut Problems) {
    let is_runtime = |attribute: &&Attribute| any_path(&attribute.meta, is_main);
    for attribute in attributes.iter().filter(is_runtime) {
        problems.at(
            attribute,
            "`#[at_exit]` drives an `async fn` to its end by itself; remove this attribute",
        );
    }
}

/// In an `impl` or a trait, the items that the macro adds are no valid code.
fn check_place(signature: &Signature) -> Result<()> {
    match signature.receiver() {
        Some(receiver) => error(
            receiver.self_token.span,
            "`#[at_exit]` needs a free function; move it out of the `impl` and remove `self`",
        ),
        None => Ok(()),
    }
}

/// The main function would run again at exit. Its attribute is easily mistaken for this one.
fn check_name(name: &Ident, problems: &mut Problems) {
    if name.unraw() == "main" {
        problems.at(
            name,
            "`fn main` would run a second time, at exit; write `#[exitmacro::main]`, or give the \
             handler another name",
        );
    }
}

fn check_qualifiers(signature: &Signature, problems: &mut Problems) {
    if let Safety::Unsafe(keyword) = &signature.safety {
        problems.at(
            keyword,
            "an `unsafe fn` cannot be a handler; write a safe `fn` with an `unsafe` block inside",
        );
    }
    if let Some(abi) = &signature.abi {
        problems.at(abi, "an `extern fn` cannot be a handler; write a plain `fn`");
    }
}

fn check_generics(generics: &Generics, problems: &mut Problems) {
    if has_parameters(generics) {
        problems.at(generics, "a handler cannot have generic parameters; remove them");
    }
    if let Some(clause) = &generics.where_clause {
        problems.at(&clause.where_token, "a handler cannot have a `where` clause; remove it");
    }
}

fn check_parameters(signature: &Signature, problems: &mut Problems) {
    // A parameter after one that always exists is reported below, as one too many.
    for parameter in parameters(signature)
        .take_while(|parameter| is_conditional(&parameter.attrs))
        .chain(unconditional_parameters(signature).take(1))
    {
        check_context(&parameter.ty, problems);
    }
    if let Some(second) = unconditional_parameters(signature).nth(1) {
        problems
            .at(second, "too many parameters; a handler takes none or `&exitmacro::ExitContext`");
    }
    if let Some(variadic) = &signature.variadic {
        problems.at(
            &variadic.dots,
            "a handler cannot be variadic; it takes no parameter or `&exitmacro::ExitContext`",
        );
    }
}

/// rustc checks whether the reference is to the right type.
fn check_context(parameter: &Type, problems: &mut Problems) {
    match unwrapped(parameter) {
        Type::Reference(TypeReference { mutability: Some(keyword), .. }) => {
            problems
                .at(keyword, "a handler takes a shared `&exitmacro::ExitContext`; remove `mut`");
        }
        Type::Reference(reference) if !matches!(unwrapped(&reference.elem), Type::ImplTrait(_)) => {
        }
        other => problems.at(other, "a handler takes no parameter or `&exitmacro::ExitContext`"),
    }
}

fn check_output(output: &ReturnType, problems: &mut Problems) {
    if let ReturnType::Type(_, output) = output
        && let Type::Never(never) = unwrapped(output)
    {
        problems.at(never, "a handler must return; write `-> Result<(), E>` or no return type");
    }
}

/// A function without a body is in a trait or in an `extern` block.
fn check_body(input: ParseStream) -> Result<()> {
    if let Some(semicolon) = input.parse::<Option<Token![;]>>()? {
        return error(semicolon.span, "`#[at_exit]` needs a function with a body");
    }
    // rustc checks the body.
    input.parse::<TokenStream>().map(drop)
}

/// The parameters other than `self`.
fn parameters(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(parameter) => Some(parameter),
        FnArg::Receiver(_) => None,
    })
}

/// The parameters that exist under all conditions.
fn unconditional_parameters(signature: &Signature) -> impl Iterator<Item = &PatType> {
    parameters(signature).filter(|parameter| !is_conditional(&parameter.attrs))
}

impl Parameter {
    fn of(parameter: &PatType) -> Self {
        Self {
            span: context_span(&parameter.ty),
            conditions: attributes::conditions(&parameter.attrs),
        }
    }
}

fn context_span(parameter: &Type) -> Span {
    match unwrapped(parameter) {
        // Not the span of the whole: outside nightly it shrinks to the first token, the `&`.
        Type::Reference(reference) => reference.elem.span(),
        other => other.span(),
    }
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
