//! The call of a deprecated handler.
//!
//! rustc warns of code that mentions a deprecated item, unless a derive wrote the code. So
//! `#[at_exit]` writes a derive, and that derive writes the call.

use crate::item::handler::Handler;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::ParseStream;
use syn::{ItemStruct, Path, Result, Token};

/// The function `run`, without warnings when it mentions a deprecated item.
pub(super) fn silenced(run: TokenStream, handler: &Handler, private: &Ident) -> TokenStream {
    if !handler.is_deprecated {
        return run;
    }
    let function = quote!(#[__exitmacro_run(#private, #run)]);
    quote!({
        #[derive(#private::Runs)]
        #function
        struct __ExitmacroRuns;
        <__ExitmacroRuns as #private::Runs>::RUN
    })
}

/// The derive `Runs`: from the struct that `silenced` writes to its `impl`.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input = syn::parse2::<ItemStruct>(item);
    input.and_then(|input| implementation(&input)).unwrap_or_else(|error| error.to_compile_error())
}

fn implementation(input: &ItemStruct) -> Result<TokenStream> {
    let arguments = |input: ParseStream| {
        let private = Path::parse_mod_style(input)?;
        input.parse::<Token![,]>()?;
        Ok((private, input.parse::<TokenStream>()?))
    };
    let (private, run) = input.attrs[0].parse_args_with(arguments)?;
    let (name, run) = (&input.ident, as_derived(run));
    Ok(quote! {
        impl #private::Runs for #name {
            const RUN: #private::Run = #run;
        }
    })
}

/// The tokens with the spans of the derive that is running.
fn as_derived(tokens: TokenStream) -> TokenStream {
    let derived = |token| match token {
        TokenTree::Group(group) => {
            let mut derived = Group::new(group.delimiter(), as_derived(group.stream()));
            derived.set_span(Span::call_site().located_at(group.span()));
            derived.into()
        }
        mut other => {
            other.set_span(Span::call_site().located_at(other.span()));
            other
        }
    };
    tokens.into_iter().map(derived).collect()
}
