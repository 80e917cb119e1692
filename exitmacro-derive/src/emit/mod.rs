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

/// The module with everything that generated code names. rustc takes the place of a path from its
/// first and last token, so all of them have `span`.
fn private(crate_path: Option<&Path>, span: Span) -> TokenStream {
    let crate_path =
        crate_path.map_or_else(|| quote_spanned!(span=> ::exitmacro), ToTokens::to_token_stream);
    quote_spanned!(span=> #crate_path::__private)
}

fn file_and_line(crate_path: Option<&Path>, span: Span) -> TokenStream {
    let private = private(crate_path, span);
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
    crate_path: Option<&Path>,
) -> TokenStream {
    let [start, end] = [ty.start, ty.end].map(|span| Span::mixed_site().located_at(span));
    let private = private(crate_path, start);
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

fn duration(duration: Duration, private: &TokenStream) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(#private::Duration::new(#seconds, #nanos))
}
