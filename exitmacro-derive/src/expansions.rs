//! What macros write, as text, for the unit tests.

use proc_macro2::TokenStream;

/// Without spaces, to compare it with `code`.
pub(crate) fn squeezed(expansion: &TokenStream) -> String {
    expansion.to_string().replace(' ', "")
}

/// `text` as an expansion would be. `$p` is the module with all that generated code names, and
/// `$use` its import.
pub(crate) fn code(text: &str) -> String {
    code_in(text, "::exitmacro")
}

/// As `code`, with the path of the argument `crate`.
pub(crate) fn code_in(text: &str, crate_path: &str) -> String {
    let import = format!("use {crate_path}::__private as __exitmacro;");
    squeezed(&text.replace("$use", &import).replace("$p", "__exitmacro").parse().unwrap())
}

/// How many errors an expansion reports.
pub(crate) fn errors(expansion: &str) -> usize {
    expansion.matches("compile_error").count()
}
