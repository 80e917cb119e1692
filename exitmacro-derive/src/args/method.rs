//! The value of `with` and `discard`: the path of a function.

use crate::args::expect;
use crate::diagnostic::error;
use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::token::Paren;
use syn::{ExprPath, LitStr, Result, Type};

/// The path of a function. A name alone is a method of the type itself.
pub(crate) struct Method {
    pub(crate) path: ExprPath,
}

impl Method {
    /// Whether it is a name alone.
    pub(crate) fn is_own(&self) -> bool {
        self.path.qself.is_none()
            && self.path.path.leading_colon.is_none()
            && self.path.path.segments.len() == 1
    }

    /// Whether it is a method of the type, such as `close` and `Self::close`. Another function may
    /// take another type.
    pub(crate) fn takes_self(&self) -> bool {
        let segments = &self.path.path.segments;
        self.is_own()
            || (self.path.qself.is_none() && segments.len() == 2 && segments[0].ident == "Self")
    }

    /// The last name of the path.
    pub(crate) fn name(&self) -> &Ident {
        &self.path.path.segments.last().expect("a path has a name").ident
    }
}

/// The value of the argument `key`.
pub(crate) fn parse(input: ParseStream, key: &str) -> Result<Method> {
    if input.peek(LitStr) {
        return quoted(&input.parse()?, key);
    }
    let expected = &format!(
        "`{key}` expects the name of a method, such as `close`, or the path of a function"
    );
    let method = Method { path: expect(input, expected)? };
    if method.is_own() && is_keyword(method.name()) {
        return error(method.name().span(), expected);
    }
    check_effect(&method, key)?;
    check_trait(&method, key)?;
    if input.peek(Paren) {
        let arguments: TokenTree = input.parse()?;
        return error(
            arguments.span(),
            format!("`{key}` expects a name alone; remove the parentheses"),
        );
    }
    Ok(method)
}

fn quoted(literal: &LitStr, key: &str) -> Result<Method> {
    let text = literal.value();
    let method = literal.parse().map(|path| Method { path });
    match method.map(|method| method.is_own() && is_keyword(method.name())) {
        Ok(false) => error(
            literal.span(),
            format!("`{key}` expects a name without quotes; write `{key} = {text}`"),
        ),
        _ => error(
            literal.span(),
            format!("`{key}` expects the name of a method without quotes, such as `close`"),
        ),
    }
}

/// Other paths may lead to functions of the user with these names; one of a module `mem` of the
/// user is accepted as `self::mem::drop`. The function gets a reference, with which `mem::drop` and
/// `mem::forget` do nothing. A call of the destructor gets two errors of rustc, which recommends to
/// write one where there is none.
fn check_effect(method: &Method, key: &str) -> Result<()> {
    let name = method.name();
    let (mistake, instead_of_it) = match in_words(method).as_str() {
        "std::mem::drop" | "core::mem::drop" | "mem::drop" | "std::mem::forget"
        | "core::mem::forget" | "mem::forget" => {
            (format!("gets a reference, and `{name}` does nothing with one"), "a method")
        }
        "drop" | "Self::drop" | "Drop::drop" | "std::ops::Drop::drop" | "core::ops::Drop::drop" => {
            ("cannot call the destructor `drop`".to_owned(), "a method of another name")
        }
        _ => return Ok(()),
    };
    error(name.span(), format!("`{key}` {mistake}; {}", instead(key, instead_of_it)))
}

/// The names of the path. Empty if the type is named in front of it: it may be any type.
fn in_words(method: &Method) -> String {
    let ExprPath { qself, path, .. } = &method.path;
    let is_plain = qself.as_ref().is_none_or(|qself| qself.as_token.is_some());
    let names = path.segments.iter().filter(|_| is_plain);
    names.map(|segment| segment.ident.unraw().to_string()).collect::<Vec<_>>().join("::")
}

/// What to write for a function that does not close the value.
fn instead(key: &str, method: &str) -> String {
    match key {
        "discard" => format!("remove `discard`, or write {method}"),
        _ => format!(
            "write {method} that closes the value, or keep the value in an `AtExitCell`, which \
             drops it"
        ),
    }
}

/// A method of the trait that is derived would call itself without end.
fn check_trait(method: &Method, key: &str) -> Result<()> {
    let Method { path: ExprPath { qself, path, .. } } = method;
    // In `<Inner as AtExitCleanup>::cleanup` another type implements it.
    let is_of_self = match qself {
        None => true,
        Some(qself) => matches!(&*qself.ty, Type::Path(ty) if ty.path.is_ident("Self")),
    };
    let owner = path.segments.iter().rev().nth(1).filter(|_| is_of_self);
    match owner.filter(|owner| owner.ident == "AtExitCleanup") {
        None => Ok(()),
        Some(owner) => error(
            owner.ident.span(),
            format!(
                "`{key}` cannot name the method that the derive itself writes; write a method of \
                 the type, such as `{key} = close`"
            ),
        ),
    }
}

/// Whether a name is a keyword of paths.
fn is_keyword(name: &Ident) -> bool {
    ["self", "Self", "super", "crate"].iter().any(|keyword| name == keyword)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::check_value;
    use syn::parse::Parser;

    fn read(text: &str) -> Method {
        (|input: ParseStream| parse(input, "with")).parse_str(text).unwrap()
    }

    #[track_caller]
    fn check(code: &str) {
        check_value(code, |input| parse(input, "with"));
    }

    #[test]
    fn functions_that_do_nothing_are_reported() {
        for code in ["std::mem::«drop»", "::core::mem::«forget»", "mem::«drop»::<&Self>"] {
            check(code);
        }
        for code in [
            "self::mem::drop",
            "crate::mem::forget",
            "pool::drop",
            "pool::forget",
            "mem::take",
            "std::mem::take",
        ] {
            check(code);
        }
    }

    #[test]
    fn destructors_are_reported() {
        for code in [
            "«drop»",
            "«r#drop»",
            "Self::«drop»",
            "Drop::«drop»",
            "::core::ops::Drop::«drop»",
            "<Self as Drop>::«drop»",
        ] {
            check(code);
        }
        for code in ["Pool::drop", "<Pool>::drop", "pool::Drop::drop", "Self::Inner::drop"] {
            check(code);
        }
    }

    #[test]
    fn the_method_that_is_derived_is_reported() {
        for code in [
            "<Self as «AtExitCleanup»>::cleanup",
            "<Self as exitmacro::«AtExitCleanup»>::discard",
            "«AtExitCleanup»::cleanup",
            "::exitmacro::«AtExitCleanup»::cleanup",
        ] {
            check(code);
        }
        for code in ["cleanup", "Self::cleanup", "<Pool as AtExitCleanup>::cleanup"] {
            check(code);
        }
    }

    #[test]
    fn an_attribute_is_no_name() {
        check("«#»[cfg(unix)] close");
    }

    #[test]
    fn one_name_is_of_the_type() {
        for text in ["close", "r#do", "close::<u8>"] {
            assert!(read(text).is_own(), "{text}");
        }
    }

    #[test]
    fn other_paths_are_not_of_the_type() {
        for text in
            ["Self::close", "self::close", "::pool::close", "<Self as Close>::close", "pool::close"]
        {
            let method = read(text);
            assert!(!method.is_own() && method.name() == "close", "{text}");
        }
    }

    #[test]
    fn methods_of_the_type_take_self() {
        for (text, takes_self) in [
            ("close", true),
            ("Self::close", true),
            ("self::close", false),
            ("Self::Inner::close", false),
            ("<Self as Close>::close", false),
        ] {
            assert_eq!(read(text).takes_self(), takes_self, "{text}");
        }
    }

    #[test]
    fn other_values_are_reported() {
        for code in [
            "«\"Self::close\"»",
            "«\"close it\"»",
            "«5»",
            "«|»pool| pool.close()",
            "«self»",
            "«self».close",
            "«{» close }",
            "«_»",
        ] {
            check(code);
        }
    }

    #[test]
    fn call_is_reported() {
        check("close«()»");
        check("Self::close«(self)»");
    }
}
