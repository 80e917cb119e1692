//! What replaces an item that has mistakes: the errors, and the item as far as it can be kept.
//! Without the item, every use of it would be a second error.

use crate::args::Keys;
use crate::args::at_exit::AtExitArgs;
use crate::compiler::{Compiler, PACKAGE};
use crate::emit;
use crate::item::cleanup::Input;
use crate::item::handler::Handler;
use crate::item::main::MainFn;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Path};

/// The errors, and the item as it was written.
pub(crate) fn with_item(item: &TokenStream, error: &Error) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#item #errors)
}

/// As `with_item`, with the name that `after` and `before` of other handlers may mention.
pub(crate) fn with_named_item(
    item: &TokenStream,
    args: &AtExitArgs,
    handler: &Handler,
    compiler: &Compiler,
    error: &Error,
) -> TokenStream {
    let errors = error.to_compile_error();
    let name = is_crate_known(args.crate_path.as_ref(), &args.keys, compiler)
        .then(|| emit::at_exit::placeholder(args, handler, compiler));
    quote!(#item #name #errors)
}

/// As `with_item`, with the function inside a plain `main`: rustc has errors of its own about an
/// `async fn main`, and about one without a body, which is left out. The plain one returns what the
/// function does: code may call it.
pub(crate) fn with_main(main_fn: &MainFn, error: &Error) -> TokenStream {
    let function = main_fn.has_body().then(|| main_fn.function());
    let output = main_fn.accepted_output();
    let never_returns = output.map(|_| quote!(loop {}));
    let errors = error.to_compile_error();
    let around = main_fn.around(&quote!(#output), &quote!(#function #never_returns));
    quote!(#around #errors)
}

/// The errors, and an `impl` that does nothing: without it, every use of the trait would be a
/// second error.
pub(crate) fn with_impl(input: &Input, compiler: &Compiler, error: &Error) -> TokenStream {
    let errors = error.to_compile_error();
    let nothing = is_crate_known(input.args.crate_path.as_ref(), &input.args.keys, compiler)
        .then(|| emit::cleanup::empty_implementation(input));
    quote!(#nothing #errors)
}

/// Generated code with the wrong path to `exitmacro` would be a second error.
fn is_crate_known(crate_path: Option<&Path>, keys: &Keys, compiler: &Compiler) -> bool {
    crate_path.is_some() || !(keys.has("crate") || compiler.lacks(PACKAGE))
}
