//! The code that `#[at_exit]` writes.

use crate::args::at_exit::AtExitArgs;
use crate::compiler::Compiler;
use crate::emit::deprecated::silenced;
use crate::emit::options::calls;
use crate::emit::{by_path, file_and_line, import, on_resource, private, respanned, with_import};
use crate::item::handler::{Handler, Parameter, Subject};
use crate::prelude;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

/// The item as it was written; the type that `after` and `before` of other handlers find; and the
/// element of the table of handlers, which the type leads to.
pub(crate) fn declared(
    args: &AtExitArgs,
    handler: &Handler,
    compiler: &Compiler,
    item: &TokenStream,
) -> TokenStream {
    let private = private(Span::call_site());
    let name = name(args, handler, &private);
    let location = location(args, handler);
    let run = silenced(run(handler, &private), handler, &private);
    let options = calls(&args.options);
    let asynchronous = handler.asyncness().map(|_| quote!(.asynchronous()));
    let new = if handler.is_bare() { quote!(bare) } else { quote!(new) };
    let element = quote! {
        #private::element! {
            HANDLERS: Declared = #private::Declared::#new(
                #name,
                #private::module_path!(),
                #location,
                #run
            )
            #options #asynchronous
        }
    };
    let declaration = match key_name(args, handler, compiler) {
        Some(name) => key_type(name, args, handler, &element),
        None => {
            let Handler { conditions, lints, .. } = handler;
            let element = with_import(args.crate_path.as_ref(), &quote!(_ = #element;));
            quote!(#conditions #lints #element)
        }
    };
    quote!(#item #declaration)
}

/// The type of a handler that has mistakes. Other handlers can mention it, and it leads to no
/// element.
pub(crate) fn placeholder(
    args: &AtExitArgs,
    handler: &Handler,
    compiler: &Compiler,
) -> Option<TokenStream> {
    key_name(args, handler, compiler).map(|name| key_type(name, args, handler, &quote!(loop {})))
}

/// The name that `after` and `before` use. None if it is the item's own name, and a type of this
/// name would hide what the name means in the code around it.
fn key_name<'a>(
    args: &'a AtExitArgs,
    handler: &'a Handler,
    compiler: &Compiler,
) -> Option<&'a Ident> {
    args.alias
        .as_ref()
        .or_else(|| Some(&handler.ident).filter(|name| !prelude::hides(name, compiler)))
}

/// The type without values that `after` and `before` name. `use`, `pub use` and `as` bring it along
/// with the item, as it has the item's name and visibility.
///
/// A glob import declares it, so that a module or a type of that name in the same module shadows
/// it. Its tokens have the place of the name, so that messages of rustc about it point there.
fn key_type(
    name: &Ident,
    args: &AtExitArgs,
    handler: &Handler,
    element: &TokenStream,
) -> TokenStream {
    let Handler { conditions, lints, visibility, .. } = handler;
    let at = Span::call_site().located_at(name.span());
    let name = respanned(name, at);
    let module = Ident::new(&format!("__exitmacro_{}{}", name.unraw(), position(at)), at);
    let orderable = orderable(&quote_spanned!(at=> #module::#name), args, element, at);
    quote_spanned! {at=>
        #conditions
        #lints
        #[doc(hidden)]
        mod #module {
            #[non_exhaustive]
            pub enum #name {}
        }
        #conditions
        #lints
        #[doc(hidden)]
        #visibility use #module::*;
        #conditions
        #lints
        #orderable
    }
}

/// The `impl` for the type. Without the argument `crate` it stands alone: for a function of an
/// `impl` rustc reports each item that is written, and a `const _` more than once.
fn orderable(ty: &TokenStream, args: &AtExitArgs, element: &TokenStream, at: Span) -> TokenStream {
    let crate_path = args.crate_path.as_ref();
    let private = by_path(crate_path, at);
    let import = crate_path.is_none().then(|| import(None));
    let implementation = quote_spanned! {at=>
        impl #private::Orderable for #ty {
            fn __element() -> #private::DynElement {
                #import
                #element
            }
        }
    };
    match crate_path {
        None => implementation,
        Some(_) => with_import(crate_path, &implementation),
    }
}

/// Where a name is, as the end of another name: two functions of one name are an error of rustc,
/// and their modules of one name would be a second one. Unit tests have no compiler to ask.
fn position(name: Span) -> String {
    if !proc_macro::is_available() {
        return String::new();
    }
    let name = name.unwrap();
    format!("_{}_{}", name.line(), name.column())
}

/// The name that reports show.
fn name(args: &AtExitArgs, handler: &Handler, private: &Ident) -> TokenStream {
    let item = handler.ident.unraw().to_string();
    match &args.options.name {
        Some(name) => name.to_token_stream(),
        None => quote!(#private::concat!(#private::module_path!(), "::", #item)),
    }
}

/// The place of the item's name. The place of the attribute would be the same for all handlers that
/// one `macro_rules!` macro declares.
fn location(args: &AtExitArgs, handler: &Handler) -> TokenStream {
    let span = handler.ident.span();
    let crate_path = args.crate_path.as_ref();
    let (line, private) = (file_and_line(crate_path, span), by_path(crate_path, span));
    quote_spanned!(span=> #line, #private::column!())
}

/// A function of the type that all handlers share, which takes less time to compile than a closure.
/// Messages of rustc about a type in it point at that type in the user's item.
fn run(handler: &Handler, private: &Ident) -> TokenStream {
    let (context, call) = match handler.subject {
        Subject::Function { ref parameters, output, .. } => {
            call_function(handler, parameters, output, private)
        }
        Subject::Static { ty } => {
            let place = respanned(&handler.ident, Span::mixed_site().located_at(ty.end));
            let context = context(Span::call_site());
            let cleanup = on_resource("cleanup_at_exit", &place, Some(&context), ty);
            (context.into_token_stream(), cleanup)
        }
    };
    quote!({
        fn __exitmacro_run(#context: &#private::ExitContext) -> #private::Returned {
            #call
        }
        __exitmacro_run
    })
}

/// Not a likely name: a parameter cannot have the name of a static of the user.
fn context(span: Span) -> Ident {
    Ident::new("__exitmacro_context", Span::mixed_site().located_at(span))
}

/// The name of the context, and the call.
fn call_function(
    handler: &Handler,
    parameters: &[Parameter],
    output: Span,
    private: &Ident,
) -> (TokenStream, TokenStream) {
    let function = &handler.ident;
    let arguments = parameters.iter().map(|parameter| {
        let (conditions, argument) = (&parameter.conditions, context(parameter.span));
        quote!(#conditions #argument)
    });
    // Messages about the type of the call point at the braces, which have the place of the return
    // type. Messages about the function still point at its name.
    let call =
        quote_spanned!(Span::mixed_site().located_at(output)=> { #function(#(#arguments),*) });
    let first = parameters.first().map(|parameter| context(parameter.span));
    if handler.asyncness().is_some() {
        let context = first.unwrap_or_else(|| context(Span::call_site()));
        return (quote!(#context), quote!(#private::driven(#call, #context)));
    }
    let context = first.map_or_else(|| quote!(_), Ident::into_token_stream);
    (context, quote!(#private::returned(#call)))
}
