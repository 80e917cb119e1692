//! The types of fields that a generic `impl` needs a bound for.

use crate::item::cleanup::Input;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::HashSet;
use syn::Type;

/// The types that mention a parameter, each once. For other types rustc needs no bound.
///
/// A type that mentions the type itself is left out. Its bound would require the `impl` that it is
/// a part of, and rustc reports such a cycle.
pub(crate) fn of(input: &Input) -> Vec<&Type> {
    let parameters: Vec<_> =
        input.generics.type_params().map(|parameter| &parameter.ident).collect();
    let needs_one = |ty: &&Type| mentions(ty, &parameters) && !is_recursive(ty, &input.ident);
    let cleaned = input.body.fields().filter(|field| field.is_cleaned());
    let mut seen = HashSet::new();
    cleaned
        .map(|field| &field.ty)
        .filter(needs_one)
        .filter(|ty| seen.insert(ty.to_token_stream().to_string()))
        .collect()
}

/// After `::`, a name that equals a parameter's is another item.
fn mentions(ty: &Type, parameters: &[&Ident]) -> bool {
    any(ty.to_token_stream(), &mut |name, before| {
        before == Before::Nothing && parameters.contains(&name)
    })
}

/// Whether a name is that of the type itself. Behind `crate` or `super` it is taken for that of
/// another type: a field that holds the type itself can name it without them.
fn is_recursive(ty: &Type, this: &Ident) -> bool {
    any(ty.to_token_stream(), &mut |name, before| {
        name == "Self" || (name == this && before != Before::Another)
    })
}

/// What stands before a name in its path.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    /// `self`: the module of the type.
    ThisModule,
    /// Another item, or nothing but `::`.
    Another,
}

/// Whether `test` is true of a name, and what stands before it.
fn any(tokens: TokenStream, test: &mut impl FnMut(&Ident, Before) -> bool) -> bool {
    let mut follows_colon = false;
    let mut path = Before::Another;
    for token in tokens {
        let found = match &token {
            TokenTree::Ident(name) => {
                let before = if follows_colon { path } else { Before::Nothing };
                path = with(before, name);
                test(name, before)
            }
            TokenTree::Group(group) => any(group.stream(), test),
            _ => false,
        };
        if found {
            return true;
        }
        // A single colon is not followed by the name of a type.
        follows_colon = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
        if !follows_colon && !matches!(token, TokenTree::Ident(_)) {
            path = Before::Another;
        }
    }
    false
}

/// What stands before the name that follows this one.
fn with(before: Before, name: &Ident) -> Before {
    match before {
        Before::Nothing if name == "self" => Before::ThisModule,
        _ => Before::Another,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Problems;

    fn bounds(item: &str) -> String {
        let input = Input::read(syn::parse_str(item).unwrap(), &mut Problems::default()).unwrap();
        of(&input)
            .iter()
            .map(|ty| ty.to_token_stream().to_string().replace(' ', ""))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn types_with_a_parameter_need_a_bound() {
        assert_eq!(
            bounds(
                "struct S<T, U> { a: T, b: Vec<U>, c: (u8, [T; 2]), d: T::Item, \
                 e: &'static dyn Fn(T) }"
            ),
            "T Vec<U> (u8,[T;2]) T::Item &'staticdynFn(T)"
        );
        assert_eq!(bounds("enum E<T> { A(Vec<T>), B { b: Box<T> } }"), "Vec<T> Box<T>");
    }

    #[test]
    fn a_type_that_occurs_twice_needs_one_bound() {
        assert_eq!(bounds("struct S<T>(T, T, Vec<T>, Vec<T>);"), "T Vec<T>");
    }

    #[test]
    fn other_types_need_none() {
        assert_eq!(
            bounds(
                "struct S<'a, T, const N: usize>(&'a File, [File; N], module::T, <A as B>::T, \
                 #[cleanup(skip)] T);"
            ),
            ""
        );
        assert_eq!(bounds("struct S(T);"), "");
    }

    #[test]
    fn recursive_types_need_none() {
        assert_eq!(bounds("struct List<T> { value: T, next: Option<Box<List<T>>> }"), "T");
        assert_eq!(
            bounds("enum Tree<T> { Leaf(T), Node(Vec<(T, Self)>), Other(Box<self::Tree<T>>) }"),
            "T"
        );
    }

    #[test]
    fn another_type_of_the_same_name_needs_one() {
        assert_eq!(
            bounds(
                "struct Pool<T>(other::Pool<T>, ::other::Pool<T>, self::other::Pool<T>, \
                 <T as A>::Pool);"
            ),
            "other::Pool<T> ::other::Pool<T> self::other::Pool<T> <TasA>::Pool"
        );
        assert_eq!(
            bounds("struct Pool<T>(crate::all::Pool<T>, super::Pool<T>, self::super::Pool<T>);"),
            "crate::all::Pool<T> super::Pool<T> self::super::Pool<T>"
        );
        assert_eq!(bounds("struct Item<I: Has> { item: I::Item }"), "I::Item");
    }
}
