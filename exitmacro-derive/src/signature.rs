//! Where the parts of a function's signature stand, for messages of rustc that are to point at them.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{ReturnType, Signature, Type};

/// The type without parentheses, and without the group that a `macro_rules!` fragment comes in.
pub(crate) fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => unwrapped(&group.elem),
        Type::Paren(paren) => unwrapped(&paren.elem),
        other => other,
    }
}

/// Where the return type stands, or else the name.
pub(crate) fn output_span(signature: &Signature) -> Span {
    match &signature.output {
        ReturnType::Type(_, output) => output.span(),
        ReturnType::Default => signature.ident.span(),
    }
}
