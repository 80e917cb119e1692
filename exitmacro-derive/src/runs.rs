//! The derive that writes the call of a deprecated handler. Not for users.

use crate::emit;
use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{ItemStruct, Path, Token};

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let written = syn::parse2::<ItemStruct>(item).and_then(|input| {
        let arguments = |input: ParseStream| {
            let private = Path::parse_mod_style(input)?;
            input.parse::<Token![,]>()?;
            Ok((private, input.parse::<TokenStream>()?))
        };
        let (private, run) = input.attrs[0].parse_args_with(arguments)?;
        Ok(emit::runs(&quote::quote!(#private), &input.ident, run))
    });
    written.unwrap_or_else(|error| error.to_compile_error())
}
