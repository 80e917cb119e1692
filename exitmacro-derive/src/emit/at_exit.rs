//! The code that `#[at_exit]` writes.

use crate::args::at_exit::AtExitArgs;
use crate::compiler::Compiler;
use crate::emit::deprecated::silenced;
use crate::emit::options::calls;
use crate::emit::{file_and_line, on_resource, private, respanned};
use crate::item::handler::{Context, Handler, Subject};
use crate::prelude;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

/// The function or the static as it was written; a type that `after` and `before` find; and an
/// element for it in the table of handlers, which that type leads to.
pub(crate) fn declared(
    args: &AtExitArgs,
    handler: &Handler,
    compiler: &Compiler,
    item: &TokenStream,
) -> TokenStream {
    let private = private(args.crate_path.as_ref(), Span::call_site());
    let name = name(args, handler, &private);
    let location = location(args, handler);
    let run = silenced(run(args, handler), handler, &private);
    let options = calls(&args.options, args.crate_path.as_ref());
    let asynchronous = handler.asyncness().map(|_| quote!(.asynchronous()));
    let element = quote! {
        #[#private::linkme::distributed_slice(#private::HANDLERS)]
        #[linkme(crate = #private::linkme)]
        static __EXITMACRO_HANDLER: #private::Declared = #private::Declared::new(
            #name,
            #private::module_path!(),
            #location,
            #run
        )
        #options #asynchronous;
    };
    let declaration = match key_name(args, handler, compiler) {
        Some(name) => key_type(
            name,
            handler,
            &private,
            &quote!(#element #private::Key::Declared(|| &__EXITMACRO_HANDLER)),
        ),
        None => {
            let Handler { conditions, lints, .. } = handler;
            quote!(#conditions #lints const _: () = { #element };)
        }
    };
    quote!(#item #declaration)
}

/// The type of its name alone, for a handler that has mistakes: others can name it, and it leads
/// nowhere.
pub(crate) fn placeholder(
    args: &AtExitArgs,
    handler: &Handler,
    compiler: &Compiler,
) -> Option<TokenStream> {
    let private = private(args.crate_path.as_ref(), Span::call_site());
    key_name(args, handler, compiler)
        .map(|name| key_type(name, handler, &private, &quote!(#private::Key::Declared(|| loop {}))))
}

/// What `after` and `before` call it. Not by its own name, where that would take a meaning away
/// that the name has all around.
fn key_name<'a>(
    args: &'a AtExitArgs,
    handler: &'a Handler,
    compiler: &Compiler,
) -> Option<&'a Ident> {
    args.alias
        .as_ref()
        .or_else(|| Some(&handler.ident).filter(|name| !prelude::hides(name, compiler)))
}

/// A type that goes wherever the item goes, through `use`, `pub use` and `as`. No value of it can
/// be made.
///
/// It comes by a glob import, so that a module or a type that is declared or imported under its
/// name goes before it. Its tokens are where the name is, and so is what rustc has to say about it.
fn key_type(
    name: &Ident,
    handler: &Handler,
    private: &TokenStream,
    key: &TokenStream,
) -> TokenStream {
    let Handler { conditions, lints, visibility, .. } = handler;
    let at = Span::call_site().located_at(name.span());
    let name = respanned(name, at);
    let module = Ident::new(&format!("__exitmacro_{}", name.unraw()), at);
    let body = quote!(const KEY: #private::Key = { #key };);
    quote_spanned! {at=>
        #conditions
        #[doc(hidden)]
        mod #module {
            pub enum #name {}
        }
        #conditions
        #[doc(hidden)]
        #visibility use #module::*;
        #conditions
        #lints
        impl #private::Orderable for #module::#name { #body }
    }
}

fn name(args: &AtExitArgs, handler: &Handler, private: &TokenStream) -> TokenStream {
    let item = handler.ident.unraw().to_string();
    match &args.options.name {
        Some(name) => name.to_token_stream(),
        None => quote!(#private::concat!(#private::module_path!(), "::", #item)),
    }
}

/// The place of the item's name. With the span of the attribute it would be the attribute's, and
/// the same one for all handlers that a `macro_rules!` macro declares at once.
fn location(args: &AtExitArgs, handler: &Handler) -> TokenStream {
    let span = handler.ident.span();
    let crate_path = args.crate_path.as_ref();
    let (line, private) = (file_and_line(crate_path, span), private(crate_path, span));
    quote_spanned!(span=> #line, #private::column!())
}

/// A closure of one shape for all handlers. What rustc has to say about a type in it, it says at
/// that type in the user's item.
fn run(args: &AtExitArgs, handler: &Handler) -> TokenStream {
    let private = private(args.crate_path.as_ref(), Span::call_site());
    match handler.subject {
        Subject::Function { ref contexts, output, .. } => {
            run_function(handler, contexts, output, &private)
        }
        Subject::Static { ty } => {
            let place = respanned(&handler.ident, Span::mixed_site().located_at(ty.end));
            let cleanup = on_resource("cleanup", &place, ty, args.crate_path.as_ref());
            quote!(|_| #private::returned(#cleanup))
        }
    }
}

fn run_function(
    handler: &Handler,
    contexts: &[Context],
    output: Span,
    private: &TokenStream,
) -> TokenStream {
    // Not a likely name: a parameter cannot be called what a static of the user is called.
    let parameter =
        |span: Span| Ident::new("__exitmacro_context", Span::mixed_site().located_at(span));
    let function = &handler.ident;
    let arguments = contexts.iter().map(|context| {
        let (conditions, argument) = (&context.conditions, parameter(context.span));
        quote!(#conditions #argument)
    });
    // The braces lend the call the span of the return type; an error about the function still shows
    // its name.
    let call =
        quote_spanned!(Span::mixed_site().located_at(output)=> { #function(#(#arguments),*) });
    let first = contexts.first().map(|context| parameter(context.span));
    if handler.asyncness().is_some() {
        let parameter = first.unwrap_or_else(|| parameter(Span::call_site()));
        return quote!(|#parameter| #private::driven(#call, #parameter));
    }
    let parameter = first.map_or_else(|| quote!(_), Ident::into_token_stream);
    quote!(|#parameter| #private::returned(#call))
}
