//! The attributes of an item, chosen by name, also inside a `cfg_attr`. The code that macros write
//! for an item exists under the same conditions as the item.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, MetaList, Path, Result, Token};

/// The `cfg`s, as attributes for another item.
pub(crate) fn conditions(attributes: &[Attribute]) -> TokenStream {
    chosen(attributes, &["cfg"])
}

/// The levels of lints, as attributes for another item. An `expect` becomes an `allow`: rustc
/// reports each `expect` that was not needed.
pub(crate) fn lints(attributes: &[Attribute]) -> TokenStream {
    allowing(chosen(attributes, &["allow", "warn", "deny", "forbid", "expect"]))
}

/// The tokens with `allow` in place of `expect`.
fn allowing(tokens: TokenStream) -> TokenStream {
    let allowing = |token| match token {
        TokenTree::Ident(name) if name == "expect" => Ident::new("allow", name.span()).into(),
        TokenTree::Group(group) => {
            let mut allowing = Group::new(group.delimiter(), allowing(group.stream()));
            allowing.set_span(group.span());
            allowing.into()
        }
        other => other,
    };
    tokens.into_iter().map(allowing).collect()
}

/// Whether an attribute, or an attribute inside a `cfg_attr`, has one of the names.
pub(crate) fn mentions(attributes: &[Attribute], names: &[&str]) -> bool {
    attributes.iter().any(|attribute| reduced(&attribute.meta, names).is_some())
}

/// Whether `test` is true of an attribute, or of an attribute inside a `cfg_attr`.
pub(crate) fn any_path(meta: &Meta, test: fn(&Path) -> bool) -> bool {
    match meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            of_cfg_attr(list).iter().flatten().any(|meta| any_path(meta, test))
        }
        other => test(other.path()),
    }
}

/// Whether it is the path of an attribute that starts a runtime. They are called `main`, as in
/// `tokio::main`.
pub(crate) fn is_main(path: &Path) -> bool {
    path.segments.last().is_some_and(|name| name.ident == "main")
}

/// Whether the item or the parameter with these attributes exists only under a condition.
pub(crate) fn is_conditional(attributes: &[Attribute]) -> bool {
    mentions(attributes, &["cfg"])
}

fn chosen(attributes: &[Attribute], names: &[&str]) -> TokenStream {
    attributes
        .iter()
        .filter_map(|attribute| reduced(&attribute.meta, names))
        .map(|meta| quote!(#[#meta]))
        .collect()
}

/// `meta` with the attributes of these names alone: `cfg_attr(unix, cfg(test))` of
/// `cfg_attr(unix, inline, cfg(test))`.
fn reduced(meta: &Meta, names: &[&str]) -> Option<TokenStream> {
    match meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let (predicate, attributes) = list.parse_args_with(cfg_attr).ok()?;
            let kept: Vec<_> = attributes.iter().filter_map(|meta| reduced(meta, names)).collect();
            (!kept.is_empty()).then(|| quote!(cfg_attr(#predicate, #(#kept),*)))
        }
        other => names.iter().any(|name| other.path().is_ident(name)).then(|| quote!(#other)),
    }
}

/// The attributes of these names, as attributes for another item.
pub(crate) fn of_names(attributes: &[Attribute], names: &[&str]) -> TokenStream {
    chosen(attributes, names)
}

/// The attributes of other names.
pub(crate) fn without_names(attributes: Vec<Attribute>, names: &[&str]) -> Vec<Attribute> {
    attributes
        .into_iter()
        .filter_map(|attribute| {
            Some(Attribute { meta: remaining(attribute.meta, names)?, ..attribute })
        })
        .collect()
}

fn remaining(meta: Meta, names: &[&str]) -> Option<Meta> {
    match meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let Ok((predicate, attributes)) = list.parse_args_with(cfg_attr) else {
                return Some(Meta::List(list));
            };
            let kept: Vec<_> =
                attributes.into_iter().filter_map(|meta| remaining(meta, names)).collect();
            (!kept.is_empty())
                .then(|| Meta::List(MetaList { tokens: quote!(#predicate, #(#kept),*), ..list }))
        }
        other => (!names.iter().any(|name| other.path().is_ident(name))).then_some(other),
    }
}

/// The attributes inside a `cfg_attr`.
pub(crate) fn of_cfg_attr(list: &MetaList) -> Option<Punctuated<Meta, Token![,]>> {
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
        conditions(&Attribute::parse_outer.parse_str(attributes).unwrap())
            .to_string()
            .replace(' ', "")
    }

    #[test]
    fn cfg_is_kept() {
        assert_eq!(kept("#[cfg(unix)] #[cfg(not(test))]"), "#[cfg(unix)]#[cfg(not(test))]");
    }

    #[test]
    fn other_attributes_are_left_out() {
        assert_eq!(
            kept(
                "/// Docs. \n #[inline] #[doc(cfg(unix))] #[deprecated = \"x\"] \
                 #[unsafe(no_mangle)]"
            ),
            ""
        );
    }

    #[test]
    fn cfg_inside_cfg_attr_is_kept() {
        assert_eq!(kept("#[cfg_attr(unix, inline, cfg(test))]"), "#[cfg_attr(unix,cfg(test))]");
        assert_eq!(
            kept("#[cfg_attr(all(unix, a), cfg_attr(b, cfg(c), cold,),)]"),
            "#[cfg_attr(all(unix,a),cfg_attr(b,cfg(c)))]"
        );
        assert_eq!(
            kept("#[cfg_attr(true, unsafe(no_mangle), cfg(c))]"),
            "#[cfg_attr(true,cfg(c))]"
        );
    }

    #[test]
    fn levels_of_lints_are_kept() {
        let attributes = Attribute::parse_outer
            .parse_str("#[allow(a)] #[inline] #[cfg_attr(x, deny(c), cold)]")
            .unwrap();
        assert_eq!(
            lints(&attributes).to_string().replace(' ', ""),
            "#[allow(a)]#[cfg_attr(x,deny(c))]"
        );
    }

    #[test]
    fn what_is_expected_is_allowed() {
        let attributes = Attribute::parse_outer
            .parse_str(
                "#[expect(a, reason = \"expect\")] #[cfg_attr(x, expect(clippy::expect_used))]",
            )
            .unwrap();
        assert_eq!(
            lints(&attributes).to_string().replace(' ', ""),
            "#[allow(a,reason=\"expect\")]#[cfg_attr(x,allow(clippy::expect_used))]"
        );
    }

    #[test]
    fn attributes_are_split_by_their_names() {
        let text = "#[deprecated] #[inline] #[cfg_attr(x, deprecated, cold)] \
                    #[cfg_attr(x, deprecated)]";
        let attributes = Attribute::parse_outer.parse_str(text).unwrap();
        let chosen = of_names(&attributes, &["deprecated"]).to_string().replace(' ', "");
        assert_eq!(chosen, "#[deprecated]#[cfg_attr(x,deprecated)]#[cfg_attr(x,deprecated)]");
        let others = without_names(attributes, &["deprecated"]);
        assert_eq!(
            quote!(#(#others)*).to_string().replace(' ', ""),
            "#[inline]#[cfg_attr(x,cold)]"
        );
    }

    #[test]
    fn attributes_are_found_by_their_names() {
        for (text, expected) in [
            ("#[deprecated]", true),
            ("#[deprecated = \"a\"]", true),
            ("#[cfg_attr(a, cfg_attr(b, deprecated(note = \"c\")))]", true),
            ("#[doc = \"deprecated\"]", false),
        ] {
            assert_eq!(
                mentions(&Attribute::parse_outer.parse_str(text).unwrap(), &["deprecated"]),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn cfg_attr_without_cfg_is_left_out() {
        assert_eq!(
            kept("#[cfg_attr(unix, inline)] #[cfg_attr(unix, allow(cfg))] #[cfg_attr(unix)]"),
            ""
        );
    }
}
