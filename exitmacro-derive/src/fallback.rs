//! What stands in the place of an item that the macro cannot go on with.

use crate::args::at_exit::AtExitArgs;
use crate::compiler::Compiler;
use crate::emit;
use crate::item::cleanup::Input;
use crate::item::handler::Handler;
use crate::item::main::MainFn;
use proc_macro2::TokenStream;
use quote::quote;

/// The item as it was written, next to the errors: without it, every use of the item would be a
/// second error.
pub(crate) fn with_item(item: &TokenStream, error: &syn::Error) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#item #errors)
}

/// As `beside`, with the name that `after` and `before` of other handlers may mention.
pub(crate) fn with_named_item(
    item: &TokenStream,
    args: &AtExitArgs,
    handler: &Handler,
    compiler: &Compiler,
    error: &syn::Error,
) -> TokenStream {
    let errors = error.to_compile_error();
    // Without the right path to the runtime, it would be a second error itself.
    let finds_crate = args.crate_path.is_some() || !args.keys.has("crate");
    let name = finds_crate.then(|| emit::at_exit::placeholder(args, handler, compiler));
    quote!(#item #name #errors)
}

/// As `beside`, with the function inside a `main` that rustc has nothing to say about. It would
/// have a second error about an `async fn main`.
pub(crate) fn with_main(main_fn: &MainFn, error: &syn::Error) -> TokenStream {
    let MainFn { outer, visibility, ident, .. } = main_fn;
    // Nor about one without a body.
    let function = main_fn.has_body().then(|| main_fn.function());
    let errors = error.to_compile_error();
    quote!(#outer #visibility fn #ident() { #function } #errors)
}

/// An `impl` that does nothing, next to the errors: without it, every use of the trait would be a
/// second error.
pub(crate) fn with_impl(input: &Input, error: &syn::Error) -> TokenStream {
    let errors = error.to_compile_error();
    // Without the right path to the runtime, it would be a second error itself.
    let finds_crate = input.args.crate_path.is_some() || !input.args.keys.has("crate");
    let nothing = finds_crate.then(|| emit::cleanup::empty_implementation(input));
    quote!(#nothing #errors)
}
