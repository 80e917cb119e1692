//! What macros write, as text, for the unit tests.

use proc_macro2::TokenStream;

/// Without spaces, to compare it with `code`.
pub(crate) fn squeezed(expansion: &TokenStream) -> String {
    expansion.to_string().replace(' ', "")
}

/// `text` as an expansion would be. `$p` is the module with all that generated code names.
pub(crate) fn code(text: &str) -> String {
    squeezed(&text.replace("$p", "::exitmacro::__private").parse().unwrap())
}

/// How many errors an expansion reports.
pub(crate) fn errors(expansion: &str) -> usize {
    expansion.matches("compile_error").count()
}
