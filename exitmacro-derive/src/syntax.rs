//! What `syn` leaves open about a piece of code: where it begins and ends, whose the ends are, and
//! which type it is when parentheses are taken away.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Type;

/// The first and the last token of a piece of code. Stable rustc cannot join the two spans. It
/// underlines an expression of two such tokens from one to the other.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) start: Span,
    pub(crate) end: Span,
}

impl Extent {
    pub(crate) fn of(tokens: &impl ToTokens) -> Self {
        let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
        let start = spans.next().unwrap_or_else(Span::call_site);
        Self { start, end: spans.last().unwrap_or(start) }
    }
}

/// The tokens, of which the first and the last one are the macro's, at the same place. By these
/// clippy sees that a macro wrote the code, and does not report what is the user's in it.
pub(crate) fn between_ends_of_the_macro(tokens: &impl ToTokens) -> TokenStream {
    let mut tokens: Vec<_> = tokens.to_token_stream().into_iter().collect();
    if let [first, .., last] = tokens.as_mut_slice() {
        for end in [first, last] {
            end.set_span(Span::mixed_site().located_at(end.span()));
        }
    }
    tokens.into_iter().collect()
}

/// The type without parentheses, and without the group that a `macro_rules!` fragment comes in.
pub(crate) fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => unwrapped(&group.elem),
        Type::Paren(paren) => unwrapped(&paren.elem),
        other => other,
    }
}
