//! The code that the macros write.

pub(crate) mod at_exit;
pub(crate) mod cleanup;
pub(crate) mod deprecated;
pub(crate) mod main;
mod options;
mod rival;

use crate::syntax::Extent;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::time::Duration;
use syn::Path;

/// The module with everything that generated code names, by the name that `import` gives it. It is
/// one token, so that rustc takes the place of a path from `span` alone, and a wrong path to
/// `exitmacro` is one error, that of the import.
fn private(span: Span) -> Ident {
    Ident::new("__exitmacro", span)
}

/// The import of that module. An error about it points at the path.
///
/// A name in front of the path is found from the code around it, also in the edition of 2015, in
/// which an import begins at the root of the crate.
fn import(crate_path: Option<&Path>) -> TokenStream {
    let Some(path) = crate_path else {
        return quote! { use ::exitmacro::__private as __exitmacro; };
    };
    let is_root = path.leading_colon.is_some() || path.segments[0].ident == "$crate";
    // rustc joins the places of tokens only if all are the user's, or all are the macro's.
    let at = |span| if is_root { span } else { Span::mixed_site().located_at(span) };
    let names = path.segments.iter().map(|name| respanned(&name.ident, at(name.ident.span())));
    let colon = &path.leading_colon;
    quote_spanned!(at(Extent::of(path).end)=> use #colon #(#names::)* __private as __exitmacro;)
}

/// Code that uses `private`, for a place between items.
fn with_import(crate_path: Option<&Path>, code: &TokenStream) -> TokenStream {
    let import = import(crate_path);
    quote! {
        const _: () = {
            #import
            #code
        };
    }
}

/// The module by its path, where that is known to be right. With the place of a name of the user it
/// counts as a use of the `extern crate` that the edition of 2015 needs.
fn by_path(crate_path: Option<&Path>, span: Span) -> TokenStream {
    match crate_path {
        None => quote_spanned!(span=> ::exitmacro::__private),
        Some(_) => private(span).into_token_stream(),
    }
}

fn file_and_line(crate_path: Option<&Path>, span: Span) -> TokenStream {
    let private = by_path(crate_path, span);
    quote_spanned!(span=> #private::file!(), #private::line!())
}

/// The call of a method of `AtExitCleanup` on the value at `place`, with another argument, if there
/// is one. The value extends over `ty`, the place of its type, so that messages of rustc underline
/// the whole type.
fn on_resource(
    method: &str,
    place: &impl ToTokens,
    other: Option<&Ident>,
    ty: Extent,
) -> TokenStream {
    let [start, end] = [ty.start, ty.end].map(|span| Span::mixed_site().located_at(span));
    let private = private(start);
    let method = Ident::new(method, start);
    let reference = quote_spanned!(start=> &);
    let place = place.to_token_stream().into_iter().map(|token| located(token, end));
    let argument = quote!(#reference #(#place)*);
    let other = other.iter();
    quote_spanned!(start=> #private::AtExitCleanup::#method(#argument #(, #other)*))
}

/// The token with the place of `span`, and its own hygiene.
fn located(mut token: TokenTree, span: Span) -> TokenTree {
    token.set_span(token.span().located_at(span));
    token
}

/// Keywords of the edition of generated code that are names in the earlier editions of users.
const LATER_KEYWORDS: &[&str] = &["async", "await", "dyn", "gen", "try"];

/// A name of the user with the hygiene and the place of `span`.
fn respanned(name: &Ident, span: Span) -> Ident {
    if LATER_KEYWORDS.iter().any(|keyword| name == keyword) {
        return Ident::new_raw(&name.to_string(), span);
    }
    let mut name = name.clone();
    name.set_span(span);
    name
}

fn duration(duration: Duration, private: &Ident) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(#private::Duration::new(#seconds, #nanos))
}
