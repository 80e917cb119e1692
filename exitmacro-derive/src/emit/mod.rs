//! The code that the macros write.

pub(crate) mod cleanup;

use crate::args::at_exit::{Args, Fork, Thread, When};
use crate::args::main::{OnFailure, OnSignal, PanicAbort, Settings};
use crate::args::signal::Signals;
use crate::compiler::Compiler;
use crate::features::Features;
use crate::item::handler::{Context, Handler, Subject};
use crate::item::main::Entry;
use crate::prelude;
use crate::syntax::Extent;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use std::time::Duration;
use syn::ext::IdentExt;
use syn::{Expr, Path, Type};

/// The function or the static as it was written; a type that `after` and `before` find; and an
/// element for it in the table of handlers, which that type leads to.
pub(crate) fn declared(
    args: &Args,
    handler: &Handler,
    compiler: &Compiler,
    item: &TokenStream,
) -> TokenStream {
    let private = private(args.runtime.as_ref(), Span::call_site());
    let name = name(args, handler, &private);
    let location = location(args, handler);
    let run = silenced(run(args, handler), handler, &private);
    let options = options(args, &private);
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
    let declaration = match path_name(args, handler, compiler) {
        Some(name) => orderable(
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
pub(crate) fn leading_nowhere(
    args: &Args,
    handler: &Handler,
    compiler: &Compiler,
) -> Option<TokenStream> {
    let private = private(args.runtime.as_ref(), Span::call_site());
    path_name(args, handler, compiler).map(|name| {
        orderable(name, handler, &private, &quote!(#private::Key::Declared(|| loop {})))
    })
}

/// What `after` and `before` call it. Not by its own name, where that would take a meaning away
/// that the name has all around.
fn path_name<'a>(args: &'a Args, handler: &'a Handler, compiler: &Compiler) -> Option<&'a Ident> {
    args.alias
        .as_ref()
        .or_else(|| Some(&handler.ident).filter(|name| !prelude::hides(name, compiler)))
}

/// A type that goes wherever the item goes, through `use`, `pub use` and `as`. No value of it can
/// be made.
///
/// It comes by a glob import, so that a module or a type that is declared or imported under its
/// name goes before it. Its tokens are where the name is, and so is what rustc has to say about it.
fn orderable(
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

/// A function around the user's `main` that hands it to the runtime, with the settings that the
/// attribute makes. It has the type that was written, so that it can be called as before.
pub(crate) fn wrapped_main(settings: &Settings, entry: &Entry, features: Features) -> TokenStream {
    let private = private(settings.runtime.as_ref(), Span::call_site());
    let panic_abort = settings.panic_abort != Some(PanicAbort::Off);
    let value = value(settings, panic_abort, entry.ident.span());
    let Entry { outer, visibility, ident, .. } = entry;
    let body = body_of_main(entry);
    let is_awaited = features.futures && entry.is_async();
    let function =
        if is_awaited { awaited_main(entry, settings.runtime.as_ref()) } else { entry.function() };
    let known = known(&private);
    let private_at_type = self::private(settings.runtime.as_ref(), body.span());
    let call =
        quote_spanned!(body.span()=> #private_at_type::main(&__EXITMACRO_SETTINGS, #body, #known));
    let output = output(entry, &private);
    // What is awaited has been reported already.
    let call = if is_awaited { call } else { reported(entry, &private, call) };
    quote! {
        #outer
        #visibility fn #ident() #output {
            static __EXITMACRO_SETTINGS: #private::Settings = #value;
            #function
            #call
        }
    }
}

/// A look at what `main` returns, which does not take it.
fn known(private: &TokenStream) -> TokenStream {
    let returned = Ident::new("__exitmacro_returned", Span::mixed_site());
    quote!(|#returned| #private::Look(#returned).known())
}

/// The return type of the function around `main`.
fn output(entry: &Entry, private: &TokenStream) -> TokenStream {
    entry.promised_output().map_or_else(|| quote!(-> #private::ExitCode), ToTokens::to_token_stream)
}

/// `call` as the function around `main` returns it.
fn reported(entry: &Entry, private: &TokenStream, call: TokenStream) -> TokenStream {
    if entry.promised_output().is_some() { call } else { quote!(#private::reported(#call)) }
}

/// An `async fn` around the one that was written, for the runtime to drive in its place: the
/// handlers are awaited while that runtime is alive.
fn awaited_main(entry: &Entry, runtime: Option<&Path>) -> TokenStream {
    let (around, function) = entry.opened();
    let body = body_of_main(entry);
    let [private, private_at_type] =
        [Span::call_site(), body.span()].map(|span| private(runtime, span));
    let known = known(&private);
    let future = quote_spanned!(body.span()=> #private_at_type::main_async(&__EXITMACRO_SETTINGS, #body(), #known).await);
    let future = reported(entry, &private, future);
    let output = output(entry, &private);
    quote! {
        #around
        async fn main() #output {
            #function
            #future
        }
    }
}

/// The name of the function that was written. What rustc has to say about the type that it returns,
/// it says at that type.
fn body_of_main(entry: &Entry) -> Ident {
    Ident::new("main", Span::mixed_site().located_at(entry.output))
}

/// Settings that hold from the time the program or the shared object is loaded.
pub(crate) fn configuration(settings: &Settings) -> TokenStream {
    let private = private(settings.runtime.as_ref(), Span::call_site());
    let panic_abort = settings.panic_abort == Some(PanicAbort::Run);
    let value = value(settings, panic_abort, Span::call_site());
    quote! {
        const _: () = {
            #[#private::linkme::distributed_slice(#private::SETTINGS)]
            #[linkme(crate = #private::linkme)]
            static __EXITMACRO_SETTINGS: #private::Settings = #value;
        };
    }
}

/// The module that has every name of generated code. A path is as a whole where its first and last
/// token are, hence the span.
fn private(runtime: Option<&Path>, span: Span) -> TokenStream {
    let runtime =
        runtime.map_or_else(|| quote_spanned!(span=> ::exitmacro), ToTokens::to_token_stream);
    quote_spanned!(span=> #runtime::__private)
}

fn name(args: &Args, handler: &Handler, private: &TokenStream) -> TokenStream {
    let item = handler.ident.unraw().to_string();
    match &args.name {
        Some(name) => name.to_token_stream(),
        None => quote!(#private::concat!(#private::module_path!(), "::", #item)),
    }
}

/// The place of the item's name. With the span of the attribute it would be the attribute's, and
/// the same one for all handlers that a `macro_rules!` macro declares at once.
fn location(args: &Args, handler: &Handler) -> TokenStream {
    let span = handler.ident.span();
    let runtime = args.runtime.as_ref();
    let (line, private) = (file_and_line(runtime, span), private(runtime, span));
    quote_spanned!(span=> #line, #private::column!())
}

/// A closure of one shape for all handlers. What rustc has to say about a type in it, it says at
/// that type in the user's item.
fn run(args: &Args, handler: &Handler) -> TokenStream {
    let private = private(args.runtime.as_ref(), Span::call_site());
    match handler.subject {
        Subject::Function { ref contexts, output, .. } => {
            run_function(handler, contexts, output, &private)
        }
        Subject::Static { ty } => {
            let place = respanned(&handler.ident, Span::mixed_site().located_at(ty.end));
            let cleanup = on_resource("cleanup", &place, ty, args.runtime.as_ref());
            quote!(|_| #private::returned(#cleanup))
        }
    }
}

/// The closure, as one that rustc does not warn about when it mentions something that is
/// deprecated. Only what a derive writes is exempt from that, so a derive writes it.
fn silenced(run: TokenStream, handler: &Handler, private: &TokenStream) -> TokenStream {
    if !handler.is_deprecated {
        return run;
    }
    let runtime = quote!(#[__exitmacro_run(#private, #run)]);
    quote!({
        #[derive(#private::Runs)]
        #runtime
        struct __ExitmacroRuns;
        <__ExitmacroRuns as #private::Runs>::RUN
    })
}

/// What that derive writes.
pub(crate) fn runs(private: &TokenStream, name: &Ident, run: TokenStream) -> TokenStream {
    let run = as_derived(run);
    quote! {
        impl #private::Runs for #name {
            const RUN: #private::Run = #run;
        }
    }
}

/// The tokens, as those of the derive that is at work.
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

/// The call of a method of the trait on what is found at `place` and has the type at `ty`. Its
/// argument is as long as the type.
fn on_resource(
    method: &str,
    place: &impl ToTokens,
    ty: Extent,
    runtime: Option<&Path>,
) -> TokenStream {
    let [start, end] = [ty.start, ty.end].map(|span| Span::mixed_site().located_at(span));
    let private = private(runtime, start);
    let method = Ident::new(method, start);
    let reference = quote_spanned!(start=> &);
    let place = place.to_token_stream().into_iter().map(|token| located(token, end));
    let argument = quote!(#reference #(#place)*);
    quote_spanned!(start=> #private::AtExitCleanup::#method(#argument))
}

fn located(mut token: TokenTree, span: Span) -> TokenTree {
    token.set_span(token.span().located_at(span));
    token
}

/// A name of the user as one of the macro's own.
fn respanned(name: &Ident, span: Span) -> Ident {
    let mut name = name.clone();
    name.set_span(span);
    name
}

fn options(args: &Args, private: &TokenStream) -> TokenStream {
    let priority = args.priority.iter().map(priority);
    let timeout = args.timeout.map(|timeout| duration(timeout, private)).into_iter();
    let edges = edges(args.after.as_deref(), args.before.as_deref(), args.runtime.as_ref());
    let thread = (args.thread == Some(Thread::Caller)).then(|| quote!(.on_caller()));
    let fork = (args.fork == Some(Fork::Inherit)).then(|| quote!(.inherit()));
    let concurrent = args.concurrent.as_ref().map(|_| quote!(.concurrent()));
    let when = args.when.and_then(|when| ends(when, private));
    quote!(#(#priority)* #(.timeout(#timeout))* #edges #concurrent #when #thread #fork)
}

fn ends(when: When, private: &TokenStream) -> Option<TokenStream> {
    let when = match when {
        When::Always => return None,
        When::Success => format_ident!("Success"),
        When::Failure => format_ident!("Failure"),
        When::Signal => format_ident!("Signal"),
    };
    Some(quote!(.when(#private::When::#when)))
}

fn edges(after: Option<&[Type]>, before: Option<&[Type]>, runtime: Option<&Path>) -> TokenStream {
    let keys = |paths: &[Type]| {
        let keys = paths.iter().map(|path| key(path, runtime));
        quote_spanned!(Span::mixed_site()=> &[#(#keys),*])
    };
    let (after, before) = (after.map(keys).into_iter(), before.map(keys).into_iter());
    quote_spanned!(Span::mixed_site()=> #(.after(#after))* #(.before(#before))*)
}

/// What rustc has to say about the path, it says at the path.
fn key(path: &Type, runtime: Option<&Path>) -> TokenStream {
    let Extent { start, end } = Extent::of(path);
    let [start, end] = [start, end].map(|span| Span::mixed_site().located_at(span));
    let private = private(runtime, start);
    let open = quote_spanned!(start=> <);
    let close = quote_spanned!(end=> >::KEY);
    quote_spanned!(start=> #open #path as #private::Orderable #close)
}

/// In a block, so that what rustc has to say about the type stands at the value alone: of an
/// argument it would show the method, too.
fn priority(value: &Expr) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> .priority({ #value }))
}

/// The settings as an expression. They were made at `place`.
fn value(settings: &Settings, panic_abort: bool, place: Span) -> TokenStream {
    let private = private(settings.runtime.as_ref(), Span::call_site());
    let location = file_and_line(settings.runtime.as_ref(), place);
    let on_a_signal = on_a_signal(settings, &private);
    let limits = limits(settings, &private);
    let on_failure = settings.on_failure.and_then(on_failure);
    let panic_abort = panic_abort.then(|| quote!(.panic_abort()));
    let message = settings.termination_message.iter();
    quote!(#private::Settings::new(#location) #on_a_signal #limits #on_failure #panic_abort #(.termination_message(#message))*)
}

fn file_and_line(runtime: Option<&Path>, span: Span) -> TokenStream {
    let private = private(runtime, span);
    quote_spanned!(span=> #private::file!(), #private::line!())
}

fn on_a_signal(settings: &Settings, private: &TokenStream) -> TokenStream {
    let signals = settings.signals.iter().map(|signals| match signals {
        Signals::Default => quote!(#private::DEFAULT_SIGNALS),
        Signals::Only(names) => quote!(&[#(#private::Signal::#names),*]),
    });
    let on_signal = settings.on_signal.iter().map(|on_signal| match on_signal {
        OnSignal::ExitCode => format_ident!("ExitCode"),
        OnSignal::Reraise => format_ident!("Reraise"),
        OnSignal::ExitZero => format_ident!("ExitZero"),
    });
    quote!(#(.signals(#signals))* #(.on_signal(#private::OnSignal::#on_signal))*)
}

fn limits(settings: &Settings, private: &TokenStream) -> TokenStream {
    let grace = settings.grace.iter().map(|grace| duration(grace.duration, private));
    let budget = settings.budget.iter().map(|budget| duration(budget.duration, private));
    let timeout = settings.timeout.iter().map(|timeout| duration(*timeout, private));
    let threads = settings.threads.iter();
    quote!(#(.grace(#grace))* #(.budget(#budget))* #(.timeout(#timeout))* #(.threads(#threads))*)
}

fn on_failure(on_failure: OnFailure) -> Option<TokenStream> {
    match on_failure {
        OnFailure::Keep => None,
        OnFailure::Code(status) => Some(quote!(.on_failure(#status))),
    }
}

fn duration(duration: Duration, private: &TokenStream) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(#private::Duration::new(#seconds, #nanos))
}
