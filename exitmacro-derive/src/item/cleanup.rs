//! The type under `#[derive(AtExitCleanup)]`.

use crate::args::cleanup::{self as args, CleanupArgs};
use crate::diagnostic::Problems;
use crate::item::attributes;
use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, Error, Fields, Generics, Item, Member, Result, Token, Type, Variant};

/// What the `impl` is made from.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) args: CleanupArgs,
    /// The attributes that set levels of lints.
    pub(crate) lints: TokenStream,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Struct(Vec<Field>),
    Enum(Vec<(Ident, Vec<Field>)>),
}

pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    /// The argument that leaves the field out.
    pub(crate) skip: Option<Ident>,
}

impl Input {
    /// Reads on after a mistake, as the `impl` next to an error is made from the same parts.
    pub(crate) fn read(item: Item, problems: &mut Problems) -> Result<Self> {
        match item {
            Item::Struct(item) => Ok(Self::new(
                &item.attrs,
                item.ident,
                item.generics,
                Body::of_struct(item.fields, problems),
                problems,
            )),
            Item::Enum(item) => Ok(Self::new(
                &item.attrs,
                item.ident,
                item.generics,
                Body::of_enum(item.variants, problems),
                problems,
            )),
            Item::Union(item) => {
                report_union(&item.union_token, problems);
                Ok(Self::new(
                    &item.attrs,
                    item.ident,
                    item.generics,
                    Body::Struct(Vec::new()),
                    problems,
                ))
            }
            _ => Err(Error::new(
                Span::call_site(),
                "`#[derive(AtExitCleanup)]` goes on a struct or an enum",
            )),
        }
    }

    fn new(
        attributes: &[Attribute],
        ident: Ident,
        generics: Generics,
        body: Body,
        problems: &mut Problems,
    ) -> Self {
        Self {
            ident,
            generics,
            args: CleanupArgs::read(attributes, problems),
            lints: attributes::lints(attributes),
            body,
        }
    }
}

fn report_union(keyword: &Token![union], problems: &mut Problems) {
    problems.at(
        keyword,
        "`#[derive(AtExitCleanup)]` goes on a struct or an enum, found a `union`; write the `impl` \
         by hand",
    );
}

impl Body {
    fn of_struct(fields: Fields, problems: &mut Problems) -> Self {
        Self::Struct(Field::all(fields, problems))
    }

    fn of_enum(variants: impl IntoIterator<Item = Variant>, problems: &mut Problems) -> Self {
        let variant = |variant: Variant| {
            args::none(&variant.attrs, problems);
            (variant.ident, Field::all(variant.fields, problems))
        };
        Self::Enum(variants.into_iter().map(variant).collect())
    }

    /// The fields of all variants.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        let (fields, variants) = match self {
            Self::Struct(fields) => (fields.as_slice(), [].as_slice()),
            Self::Enum(variants) => ([].as_slice(), variants.as_slice()),
        };
        fields.iter().chain(variants.iter().flat_map(|(_, fields)| fields))
    }
}

impl Field {
    fn all(fields: Fields, problems: &mut Problems) -> Vec<Self> {
        let members: Vec<_> = fields.members().collect();
        let field = |(field, member): (syn::Field, Member)| Self {
            member,
            skip: args::skip(&field.attrs, problems),
            ty: field.ty,
        };
        fields.into_iter().zip(members).map(field).collect()
    }

    /// Whether the cleanup of the type cleans up the field.
    pub(crate) fn is_cleaned(&self) -> bool {
        self.skip.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::check;
    use quote::ToTokens;

    fn read(item: &str, problems: &mut Problems) -> Input {
        Input::read(syn::parse_str(item).unwrap(), problems).unwrap()
    }

    /// The fields that are cleaned up.
    fn cleaned(item: &str) -> String {
        let mut problems = Problems::default();
        let input = read(item, &mut problems);
        assert!(problems.messages().is_empty(), "{item}");
        let names = input
            .body
            .fields()
            .filter(|field| field.is_cleaned())
            .map(|field| field.member.to_token_stream().to_string());
        names.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_shape_is_read() {
        assert_eq!(cleaned("pub struct S { a: A, pub r#type: B }"), "a r#type");
        assert_eq!(cleaned("struct S<T>(A, pub T) where T: Copy;"), "0 1");
        assert_eq!(cleaned("struct S;"), "");
        assert_eq!(cleaned("enum E { A, B(X, Y), C { z: Z } }"), "0 1 z");
        assert_eq!(cleaned("enum E {}"), "");
    }

    #[test]
    fn skipped_fields_are_left_out() {
        assert_eq!(cleaned("struct S(A, #[cleanup(skip)] B, C);"), "0 2");
        assert_eq!(cleaned("enum E { A { #[cleanup(skip)] a: A, b: B } }"), "b");
    }

    #[test]
    fn every_mistake_is_reported() {
        for code in [
            "#[cleanup(«prio» = 1)]
            enum E { «#[cleanup(skip)]» A, B(#[cleanup(«with» = close)] X) }",
            "struct S(#[cleanup(skip «=» 1)] Y);",
            "«union» U { a: u8 }",
            "#[cleanup(«skip»)] «union» U { a: u8 }",
        ] {
            check(code, |text, problems| _ = read(text, problems));
        }
    }
}
