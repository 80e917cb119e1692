//! Where the parts of a function's signature stand, for messages of rustc that are to point at
//! them.

use crate::cfg;
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, GenericParam, Generics, ReturnType, Signature, Type};

/// Whether what carries these attributes is there only under a condition.
pub(crate) fn is_conditional(attributes: &[Attribute]) -> bool {
    cfg::mentions(attributes, &["cfg"])
}

/// Whether it has parameters under all conditions.
pub(crate) fn has_parameters(generics: &Generics) -> bool {
    generics.params.iter().any(|parameter| {
        let (GenericParam::Lifetime(syn::LifetimeParam { attrs, .. })
        | GenericParam::Type(syn::TypeParam { attrs, .. })
        | GenericParam::Const(syn::ConstParam { attrs, .. })) = parameter;
        !is_conditional(attrs)
    })
}

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
