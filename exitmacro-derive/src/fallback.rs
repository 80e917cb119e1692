//! What stands in the place of an item that the macro cannot go on with.

use crate::args::at_exit::AtExitArgs;
use crate::compiler::Compiler;
use crate::emit;
use crate::item::cleanup::Input;
use crate::item::handler::Handler;
use crate::item::main::Entry;
use proc_macro2::TokenStream;
use quote::quote;

/// The item as it was written, next to the errors: without it, every use of the item would be a
/// second error.
pub(crate) fn beside(item: &TokenStream, error: &syn::Error) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#item #errors)
}

/// As `beside`, with the name that `after` and `before` of other handlers may mention.
pub(crate) fn named(
    item: &TokenStream,
    args: &AtExitArgs,
    handler: &Handler,
    compiler: &Compiler,
    error: &syn::Error,
) -> TokenStream {
    let errors = error.to_compile_error();
    // Without the right path to the runtime, it would be a second error itself.
    let knows_runtime = args.runtime.is_some() || !args.keys.has("crate");
    let name = knows_runtime.then(|| emit::at_exit::leading_nowhere(args, handler, compiler));
    quote!(#item #name #errors)
}

/// As `beside`, with the function inside a `main` that rustc has nothing to say about. It would
/// have a second error about an `async fn main`.
pub(crate) fn inside(entry: &Entry, error: &syn::Error) -> TokenStream {
    let Entry { outer, visibility, ident, .. } = entry;
    // Nor about one without a body.
    let function = entry.has_body().then(|| entry.function());
    let errors = error.to_compile_error();
    quote!(#outer #visibility fn #ident() { #function } #errors)
}

/// An `impl` that does nothing, next to the errors: without it, every use of the trait would be a
/// second error.
pub(crate) fn implemented(input: &Input, error: &syn::Error) -> TokenStream {
    let errors = error.to_compile_error();
    // Without the right path to the runtime, it would be a second error itself.
    let knows_runtime = input.args.runtime.is_some() || !input.args.keys.has("crate");
    let nothing = knows_runtime.then(|| emit::cleanup::doing_nothing(input));
    quote!(#nothing #errors)
}
