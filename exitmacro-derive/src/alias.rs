//! The name by which `after` and `before` find a handler: its own, or that of its `alias`.

use crate::compiler::Compiler;
use crate::diagnostic::error;
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, LitStr, Result, Token};

/// The types that need no declaration, the types and traits of std's prelude, and the tools whose
/// attributes rustc lets through. A type of such a name would hide it in the whole module.
const TAKEN: &[&str] = &[
    "bool",
    "char",
    "str",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "f16",
    "f32",
    "f64",
    "f128",
    "std",
    "core",
    "alloc",
    "clippy",
    "diagnostic",
    "miri",
    "rust_analyzer",
    "rustdoc",
    "rustfmt",
    "AsMut",
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Box",
    "Clone",
    "Copy",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Send",
    "Sized",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

/// Whether a name means something everywhere, without a declaration.
pub(crate) fn is_taken(name: &Ident) -> bool {
    TAKEN.contains(&name.unraw().to_string().as_str())
}

/// Whether a type of that name would hide something else from the code around it, which compiles
/// without the attribute. A declaration or an import in the same module is not hidden.
pub(crate) fn hides(name: &Ident, compiler: &Compiler) -> bool {
    is_taken(name) || compiler.knows_crate(&name.unraw().to_string())
}

/// The value of `alias`.
pub(crate) fn parse(input: ParseStream) -> Result<Ident> {
    let start = input.span();
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        return match literal.parse::<Ident>() {
            Ok(name) => error(
                literal.span(),
                format!("`alias` expects a name without quotes; write `alias = {name}`"),
            ),
            Err(_) => {
                error(literal.span(), "`alias` expects a name without quotes, such as `close_log`")
            }
        };
    }
    let name = input
        .parse()
        .map_err(|_| Error::new(start, "`alias` expects a name, such as `close_log`"))?;
    if input.is_empty() || input.peek(Token![,]) {
        Ok(name)
    } else {
        error(start, "`alias` expects one name, such as `close_log`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::format_ident;
    use syn::parse::Parser;

    fn problem(text: &str) -> String {
        parse.parse_str(text).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn one_name_is_read() {
        assert_eq!(parse.parse_str("close_log").unwrap(), "close_log");
        assert_eq!(parse.parse_str("r#type").unwrap(), "r#type");
    }

    #[test]
    fn other_values_are_reported() {
        assert_eq!(
            problem("\"close_log\""),
            "`alias` expects a name without quotes; write `alias = close_log`"
        );
        assert_eq!(
            problem("\"close log\""),
            "`alias` expects a name without quotes, such as `close_log`"
        );
        for text in ["5", "type", "_", "(a)"] {
            assert_eq!(problem(text), "`alias` expects a name, such as `close_log`", "{text}");
        }
    }

    #[test]
    fn a_path_is_not_one_name() {
        for text in ["std::x", "close_log()", "close log", "close_log: u8"] {
            assert_eq!(problem(text), "`alias` expects one name, such as `close_log`", "{text}");
        }
    }

    #[test]
    fn what_means_something_without_a_declaration_is_not_hidden() {
        let compiler = Compiler::with(&["--extern", "log=a"]);
        for name in ["bool", "std", "rustfmt", "Vec", "Drop", "log"] {
            assert!(hides(&format_ident!("{name}"), &compiler), "{name}");
        }
        assert!(
            !hides(&format_ident!("close_log"), &compiler)
                && !hides(&format_ident!("log"), &Compiler::SILENT)
        );
    }
}
