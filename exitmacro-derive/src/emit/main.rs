//! The code that `#[exitmacro::main]` and `config!` write.

use crate::args::main::{OnFailure, OnSignal, PanicAbort, Settings};
use crate::args::signal::Signals;
use crate::emit::{duration, file_and_line, private};
use crate::features::Features;
use crate::item::main::Entry;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Path;

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
    let private_at_type = crate::emit::private(settings.runtime.as_ref(), body.span());
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
