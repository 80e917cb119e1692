//! What stands in the place of an item that cannot be a handler.

use proc_macro2::TokenStream;
use quote::quote;

/// The item as it was written, next to the errors: without it, every use of the item would be a second error.
pub(crate) fn beside(item: &TokenStream, error: &syn::Error) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#item #errors)
}
