//! The code that `#[at_exit]` writes behind the user's function.

use crate::args::{Args, Thread};
use crate::item::Handler;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use std::time::Duration;
use syn::Expr;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// The function as it was written, and an element for it in the table of handlers.
pub(crate) fn declared(args: &Args, handler: &Handler, function: &TokenStream) -> TokenStream {
    let private = private(args, Span::call_site());
    let conditions = &handler.conditions;
    let name = name(args, handler, &private);
    let location = location(args, handler);
    let run = run(handler, &private);
    let settings = settings(args, &private);
    quote! {
        #function
        #conditions
        const _: () = {
            #[#private::linkme::distributed_slice(#private::HANDLERS)]
            #[linkme(crate = #private::linkme)]
            static __EXITMACRO_HANDLER: #private::Declared = #private::Declared::new(
                #name,
                #private::module_path!(),
                #location,
                #run
            )
            #settings;
        };
    }
}

/// The module that has every name of generated code. A path is as a whole where its first and last token are, hence the span.
fn private(args: &Args, span: Span) -> TokenStream {
    let runtime = args.runtime.as_ref().map_or_else(|| quote_spanned!(span=> ::exitmacro), ToTokens::to_token_stream);
    quote_spanned!(span=> #runtime::__private)
}

fn name(args: &Args, handler: &Handler, private: &TokenStream) -> TokenStream {
    let function = handler.ident.unraw().to_string();
    match &args.name {
        Some(name) => name.to_token_stream(),
        None => quote!(#private::concat!(#private::module_path!(), "::", #function)),
    }
}

/// The place of the function's name. With the span of the attribute it would be the attribute's, and the same one for all handlers that a
/// `macro_rules!` macro declares at once.
fn location(args: &Args, handler: &Handler) -> TokenStream {
    let span = handler.ident.span();
    let private = private(args, span);
    quote_spanned!(span=> #private::file!(), #private::line!(), #private::column!())
}

/// A closure of one shape for all signatures. What rustc has to say about a type in it, it says at that type in the user's signature.
fn run(handler: &Handler, private: &TokenStream) -> TokenStream {
    // Not a likely name: a parameter cannot be called what a static of the user is called.
    let context = |span: Span| Ident::new("__exitmacro_context", Span::mixed_site().located_at(span));
    let parameter = handler.context.map_or_else(|| quote!(_), |span| context(span).into_token_stream());
    let argument = handler.context.map(context);
    let function = &handler.ident;
    // The braces lend the call the span of the return type; an error about the function still shows its name.
    let call = quote_spanned!(Span::mixed_site().located_at(handler.output)=> { #function(#argument) });
    quote!(|#parameter| #private::returned(#call))
}

fn settings(args: &Args, private: &TokenStream) -> TokenStream {
    let priority = args.priority.iter().map(|value| priority(value, args));
    let timeout = args.timeout.iter().map(|value| timeout(*value, private));
    let thread = (args.thread == Some(Thread::Caller)).then(|| quote!(.on_caller()));
    quote!(#(#priority)* #(#timeout)* #thread)
}

/// Bound to a typed name first: an error about the argument of a method would show the method.
fn priority(value: &Expr, args: &Args) -> TokenStream {
    let span = Span::mixed_site().located_at(value.span());
    let private = private(args, span);
    let ty = quote_spanned!(span=> #private::i32);
    quote_spanned!(Span::mixed_site()=> .priority({ let __exitmacro_priority: #ty = #value; __exitmacro_priority }))
}

fn timeout(timeout: Duration, private: &TokenStream) -> TokenStream {
    let (seconds, nanos) = (timeout.as_secs(), timeout.subsec_nanos());
    quote!(.timeout(#private::Duration::new(#seconds, #nanos)))
}
