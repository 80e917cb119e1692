//! The conditions under which a function exists: what is made for it must exist under the same ones.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, MetaList, Result, Token};

/// The `cfg`s of a function, as attributes to put on another item.
pub(crate) fn conditions(attributes: &[Attribute]) -> TokenStream {
    attributes.iter().filter_map(|attribute| condition(&attribute.meta)).map(|condition| quote!(#[#condition])).collect()
}

/// `meta` reduced to its `cfg`s: of `cfg_attr(unix, inline, cfg(test))`, the `inline` is the function's own.
fn condition(meta: &Meta) -> Option<TokenStream> {
    match meta {
        Meta::List(list) if list.path.is_ident("cfg") => Some(quote!(#list)),
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let (predicate, attributes) = list.parse_args_with(cfg_attr).ok()?;
            let kept: Vec<_> = attributes.iter().filter_map(condition).collect();
            (!kept.is_empty()).then(|| quote!(cfg_attr(#predicate, #(#kept),*)))
        }
        _ => None,
    }
}

/// The attributes that a `cfg_attr` stands for.
pub(crate) fn attributes(list: &MetaList) -> Option<Punctuated<Meta, Token![,]>> {
    list.parse_args_with(cfg_attr).ok().map(|(_, attributes)| attributes)
}

fn cfg_attr(input: ParseStream) -> Result<(TokenStream, Punctuated<Meta, Token![,]>)> {
    let mut predicate = TokenStream::new();
    while !input.peek(Token![,]) {
        predicate.extend([input.parse::<TokenTree>()?]);
    }
    input.parse::<Token![,]>()?;
    Ok((predicate, Punctuated::parse_terminated(input)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser;

    fn kept(attributes: &str) -> String {
        conditions(&Attribute::parse_outer.parse_str(attributes).unwrap()).to_string().replace(' ', "")
    }

    #[test]
    fn cfg_is_kept() {
        assert_eq!(kept("#[cfg(unix)] #[cfg(not(test))]"), "#[cfg(unix)]#[cfg(not(test))]");
    }

    #[test]
    fn other_attributes_are_left_out() {
        assert_eq!(kept("/// Docs. \n #[inline] #[doc(cfg(unix))] #[deprecated = \"x\"] #[unsafe(no_mangle)]"), "");
    }

    #[test]
    fn cfg_inside_cfg_attr_is_kept() {
        assert_eq!(kept("#[cfg_attr(unix, inline, cfg(test))]"), "#[cfg_attr(unix,cfg(test))]");
        assert_eq!(kept("#[cfg_attr(all(unix, a), cfg_attr(b, cfg(c), cold,),)]"), "#[cfg_attr(all(unix,a),cfg_attr(b,cfg(c)))]");
        assert_eq!(kept("#[cfg_attr(true, unsafe(no_mangle), cfg(c))]"), "#[cfg_attr(true,cfg(c))]");
    }

    #[test]
    fn cfg_attr_without_cfg_is_left_out() {
        assert_eq!(kept("#[cfg_attr(unix, inline)] #[cfg_attr(unix, allow(cfg))] #[cfg_attr(unix)]"), "");
    }
}
