//! The names that are in scope without a declaration: rustc's preludes.

use crate::compiler::Compiler;
use proc_macro2::Ident;
use syn::ext::IdentExt;

const PRIMITIVE_TYPES: &[&str] = &[
    "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
    "u128", "usize", "f16", "f32", "f64", "f128",
];

/// The crates of std, the tools, and the types and traits of std's prelude. A type of such a name
/// would hide it in the whole module.
const EVERYWHERE: &[&str] = &[
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

/// Whether it is the name of a primitive type. A type of the user may have that name, too.
pub(crate) fn is_primitive(name: &Ident) -> bool {
    PRIMITIVE_TYPES.contains(&name.unraw().to_string().as_str())
}

/// Whether a name is in one of the preludes that all crates have.
pub(crate) fn is_in_every_crate(name: &Ident) -> bool {
    is_primitive(name) || EVERYWHERE.contains(&name.unraw().to_string().as_str())
}

/// Whether a type of that name would hide another meaning of the name from the code around it. A
/// declaration or an import in the same module is not hidden.
pub(crate) fn hides(name: &Ident, compiler: &Compiler) -> bool {
    is_in_every_crate(name) || compiler.has_extern(&name.unraw().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::format_ident;

    #[test]
    fn names_in_scope_everywhere_would_be_hidden() {
        let compiler = Compiler::with(&["--extern", "log=a"]);
        for name in ["bool", "std", "rustfmt", "Vec", "Drop", "log"] {
            assert!(hides(&format_ident!("{name}"), &compiler), "{name}");
        }
        assert!(
            !hides(&format_ident!("close_log"), &compiler)
                && !hides(&format_ident!("log"), &Compiler::UNKNOWN)
        );
    }
}
