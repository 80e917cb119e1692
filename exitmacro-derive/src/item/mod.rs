//! What the items under the macros have in common: the kind of an item, and its signature.

pub(crate) mod attributes;
pub(crate) mod bounds;
pub(crate) mod cleanup;
pub(crate) mod handler;
pub(crate) mod main;
mod self_type;
pub(crate) mod started_runtime;

use crate::diagnostic::article;
use attributes::is_conditional;
use proc_macro2::{Ident, Span};
use std::fmt::{self, Display, Formatter};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{GenericParam, Generics, Lit, Result, ReturnType, Signature, Token};

/// The kind of an item, by the words in front of its name.
pub(crate) struct Kind {
    /// The first word that is not a qualifier.
    pub(crate) keyword: Ident,
    is_macro: bool,
}

impl Parse for Kind {
    /// Reads the beginning of an item, after its attributes and its visibility.
    fn parse(input: ParseStream) -> Result<Self> {
        let mut keyword = input.call(Ident::parse_any)?;
        while ["const", "async", "unsafe", "extern"].iter().any(|qualifier| keyword == qualifier) {
            input.parse::<Option<Lit>>()?;
            if !next_is_keyword(input) || input.peek(Token![crate]) {
                break;
            }
            keyword = input.call(Ident::parse_any)?;
        }
        Ok(Kind { keyword, is_macro: input.peek(Token![!]) })
    }
}

/// Whether a keyword follows, and no name as in `const NAME` and no brace as in `extern {`.
fn next_is_keyword(input: ParseStream) -> bool {
    input.peek(Ident::peek_any) && !input.peek(syn::Ident) && !input.peek(Token![_])
}

/// As in "found a `struct`".
impl Display for Kind {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        if self.is_macro {
            return f.write_str("a macro");
        }
        write!(f, "{} `{}`", article(&self.keyword.to_string()), self.keyword)
    }
}

/// Whether there are generic parameters under all conditions.
pub(crate) fn has_parameters(generics: &Generics) -> bool {
    generics.params.iter().any(|parameter| {
        let (GenericParam::Lifetime(syn::LifetimeParam { attrs, .. })
        | GenericParam::Type(syn::TypeParam { attrs, .. })
        | GenericParam::Const(syn::ConstParam { attrs, .. })) = parameter;
        !is_conditional(attrs)
    })
}

/// The place of the return type, or else of the name.
pub(crate) fn output_span(signature: &Signature) -> Span {
    match &signature.output {
        ReturnType::Type(_, output) => output.span(),
        ReturnType::Default => signature.ident.span(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;

    #[test]
    fn kind_is_the_first_word_that_is_no_qualifier() {
        for (item, keyword, is_macro) in [
            ("fn f() {}", "fn", false),
            ("const async unsafe extern \"C\" fn f() {}", "fn", false),
            ("unsafe impl S {}", "impl", false),
            ("const X: u8 = 0;", "const", false),
            ("const _: () = ();", "const", false),
            ("unsafe extern \"C\" {}", "extern", false),
            ("extern crate core;", "extern", false),
            ("macro_rules! m { () => {} }", "macro_rules", true),
        ] {
            let kind = |input: ParseStream| {
                let kind: Kind = input.parse()?;
                input.parse::<proc_macro2::TokenStream>()?;
                Ok((kind.keyword.to_string(), kind.is_macro))
            };
            assert_eq!(kind.parse_str(item).unwrap(), (keyword.to_owned(), is_macro), "{item}");
        }
    }
}
