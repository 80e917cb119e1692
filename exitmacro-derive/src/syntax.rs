//! Where a piece of the user's code begins and ends, for messages of rustc that are to underline
//! the whole of it.

use proc_macro2::Span;
use quote::ToTokens;
use syn::Type;

/// Two spans: outside nightly they cannot be joined. What rustc has to say about an expression, it
/// says from the first token of it to the last.
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
