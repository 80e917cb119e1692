//! The value of `after` and `before`: the paths of other handlers.

use crate::args::{comma, skip};
use crate::diagnostic::{Problems, error};
use crate::syntax::unwrapped;
use proc_macro2::{Ident, TokenTree};
use syn::parse::ParseStream;
use syn::token::Paren;
use syn::{Error, LitStr, Result, Type, TypePath};

/// The paths in the parentheses of the argument `key`. rustc checks whether they lead to handlers.
pub(crate) fn parse(input: ParseStream, key: &str) -> Result<Vec<Type>> {
    let mut paths = Vec::new();
    let mut problems = Problems::default();
    while !input.is_empty() {
        match path(input, key) {
            Ok(path) => paths.push(path),
            Err(error) => {
                problems.push(error);
                problems.keep(skip(input));
            }
        }
        problems.keep(comma(input, "handlers"));
    }
    problems.none_or(paths)
}

/// The path of a type, as each handler has a type of its name. A path with arguments leads to a
/// type of the user.
fn path(input: ParseStream, key: &str) -> Result<Type> {
    let start = input.span();
    if input.peek(LitStr) {
        return quoted(&input.parse()?, key);
    }
    let expected = || {
        Error::new(
            start,
            format!(
                "`{key}` expects the paths of handlers, such as `{key}(close_db, cache::flush)`"
            ),
        )
    };
    let path: Type = input.parse().map_err(|_| expected())?;
    if !matches!(unwrapped(&path), Type::Path(_)) {
        return Err(expected());
    }
    if input.peek(Paren) {
        let arguments: TokenTree = input.parse()?;
        return error(
            arguments.span(),
            format!("`{key}` expects paths alone; remove the parentheses"),
        );
    }
    Ok(path)
}

fn quoted(literal: &LitStr, key: &str) -> Result<Type> {
    let text = literal.value();
    match literal.parse::<TypePath>() {
        Ok(_) => error(
            literal.span(),
            format!("`{key}` expects paths without quotes; write `{key}({text})`"),
        ),
        Err(_) => error(
            literal.span(),
            format!(
                "`{key}` expects the paths of handlers without quotes, such as `{key}(close_db)`"
            ),
        ),
    }
}

/// Whether the path is the name alone.
pub(crate) fn is_name(path: &Type, name: &Ident) -> bool {
    matches!(unwrapped(path), Type::Path(path) if path.path.is_ident(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::check_value;
    use quote::ToTokens;
    use syn::parse::Parser;

    fn read(text: &str) -> Vec<Type> {
        (|input: ParseStream| parse(input, "after")).parse_str(text).unwrap()
    }

    #[track_caller]
    fn check(code: &str) {
        check_value(code, |input| parse(input, "after"));
    }

    #[test]
    fn paths_are_read() {
        let text = "close_db, crate::a::b, ::dep::c, self::d, super::e, r#type, Pool<Db>, \
                    Pool::<'static, 3>, <A as B>::C,";
        let paths = read(text);
        assert_eq!(paths.len(), 9);
        assert_eq!(paths[1].to_token_stream().to_string(), "crate :: a :: b");
    }

    #[test]
    fn other_values_are_reported() {
        for code in [
            "«\"cache::flush\"»",
            "«\"close the database\"»",
            "«5»",
            "«&»close_db",
            "«[»close_db]",
            "«|»| close_db",
            "«,» close_db",
            "«_»",
            "«!»",
            "«-»close_db",
            "«impl» Copy",
        ] {
            check(code);
        }
    }

    #[test]
    fn call_is_reported() {
        check("cache::flush«()»");
        check("close_db«(1)», flush");
    }

    #[test]
    fn missing_comma_is_reported() {
        check("close_db «flush»");
    }

    #[test]
    fn every_mistake_is_reported() {
        check("«5», «\"a\"», b«()», c, d «e»");
    }

    #[test]
    fn one_name_is_distinguished_from_a_path() {
        let name = quote::format_ident!("close_db");
        let found = read("close_db, self::close_db, close_db::other, close_db<u8>, <A>::close_db");
        assert_eq!(
            found.iter().map(|path| is_name(path, &name)).collect::<Vec<_>>(),
            [true, false, false, false, false]
        );
    }
}
