//! What `syn` leaves open about a piece of code: where it begins and ends, and which type it is
//! when parentheses are taken away.

use proc_macro2::Span;
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

/// The type without parentheses, and without the group that a `macro_rules!` fragment comes in.
pub(crate) fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => unwrapped(&group.elem),
        Type::Paren(paren) => unwrapped(&paren.elem),
        other => other,
    }
}
