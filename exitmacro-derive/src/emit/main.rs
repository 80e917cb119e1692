//! The code that `#[exitmacro::main]` and `config!` write.

use crate::args::main::{OnFailure, OnSignal, PanicAbort, ReportTo, Settings, Status};
use crate::args::signal::Signals;
use crate::emit::{duration, file_and_line, import, private, with_import};
use crate::features::Features;
use crate::item::main::MainFn;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

/// A function around the user's `main`, which passes it to `exitmacro` with the settings of the
/// attribute. It has the type that was written, so that code that calls `main` still compiles.
pub(crate) fn wrapped_main(
    settings: &Settings,
    main_fn: &MainFn,
    features: Features,
) -> TokenStream {
    let private = private(Span::call_site());
    let panic_abort = settings.panic_abort != Some(PanicAbort::Off);
    let value = settings_value(settings, panic_abort, main_fn.ident.span());
    let inner = inner_name(main_fn);
    let is_awaited = features.futures && main_fn.is_async();
    let (import, look) = (import(settings.crate_path.as_ref()), look(&private));
    let function = if is_awaited {
        awaited_main(main_fn)
    } else if features.futures
        && let Some(function) = main_fn.function_around(
            |body| quote!(#private::main_async(&__EXITMACRO_SETTINGS, #body, #look)),
        )
    {
        function
    } else {
        main_fn.function()
    };
    let at_type = inner.span();
    let private_at_type = crate::emit::private(at_type);
    let call =
        quote_spanned!(at_type=> #private_at_type::main(&__EXITMACRO_SETTINGS, #inner, #look));
    let output = output(main_fn);
    // The function that the runtime awaits has reported its result already.
    let call = if is_awaited { call } else { reported(main_fn, &private, call) };
    let body = quote! {
        #import
        static __EXITMACRO_SETTINGS: #private::Settings = #value;
        #function
        #call
    };
    main_fn.around(&output, &body)
}

/// A closure that looks at what `main` returned, without taking it.
fn look(private: &Ident) -> TokenStream {
    let returned = Ident::new("__exitmacro_returned", Span::mixed_site());
    quote!(|#returned| #private::Look::of(#returned).known())
}

/// The return type of the function around `main`.
fn output(main_fn: &MainFn) -> TokenStream {
    let other = || quote!(-> ::std::process::ExitCode);
    main_fn.kept_output().map_or_else(other, ToTokens::to_token_stream)
}

/// The value of `call` in the type of the function around `main`.
fn reported(main_fn: &MainFn, private: &Ident, call: TokenStream) -> TokenStream {
    if main_fn.kept_output().is_some() { call } else { quote!(#private::reported(#call)) }
}

/// An `async fn` around the one that was written. The user's runtime drives it instead, so that it
/// awaits the handlers while it is alive.
fn awaited_main(main_fn: &MainFn) -> TokenStream {
    let (around, function) = main_fn.split_at_runtime();
    let inner = inner_name(main_fn);
    let at_type = inner.span();
    let [private, private_at_type] = [Span::call_site(), at_type].map(private);
    let look = look(&private);
    let future = quote_spanned! {at_type=>
        #private_at_type::main_async(&__EXITMACRO_SETTINGS, #inner(), #look).await
    };
    let future = reported(main_fn, &private, future);
    let output = output(main_fn);
    quote! {
        #around
        async fn main() #output {
            #function
            #future
        }
    }
}

/// The name of the function that was written, with the place of its return type: messages of rustc
/// about that type point there.
fn inner_name(main_fn: &MainFn) -> Ident {
    Ident::new("main", Span::mixed_site().located_at(main_fn.output))
}

/// Settings that are in force as soon as the program or the shared object is loaded.
pub(crate) fn configuration(settings: &Settings) -> TokenStream {
    let private = private(Span::call_site());
    let panic_abort = settings.panic_abort == Some(PanicAbort::Run);
    let value = settings_value(settings, panic_abort, Span::call_site());
    let element = quote! {
        #private::settings! { #value }
    };
    with_import(settings.crate_path.as_ref(), &element)
}

/// The settings as an expression. `place` is where the user wrote them.
fn settings_value(settings: &Settings, panic_abort: bool, place: Span) -> TokenStream {
    let private = private(Span::call_site());
    let location = file_and_line(settings.crate_path.as_ref(), place);
    let on_a_signal = on_a_signal(settings, &private);
    let limits = limits(settings, &private);
    let on_failure = settings.on_failure.and_then(on_failure);
    let panic_abort = panic_abort.then(|| quote!(.panic_abort()));
    let status = (settings.status == Some(Status::Off)).then(|| quote!(.without_status()));
    let message = settings.termination_message.iter();
    let report_to = settings.report_to.as_ref().and_then(|(sink, _)| report_to(*sink));
    quote! {
        #private::Settings::new(#location)
            #on_a_signal
            #limits
            #on_failure
            #panic_abort
            #status
            #(.termination_message(#message))*
            #report_to
    }
}

fn on_a_signal(settings: &Settings, private: &Ident) -> TokenStream {
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

fn limits(settings: &Settings, private: &Ident) -> TokenStream {
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

fn report_to(sink: ReportTo) -> Option<TokenStream> {
    match sink {
        ReportTo::Stderr => None,
        ReportTo::Tracing => Some(quote!(.report_to_tracing())),
        ReportTo::Log => Some(quote!(.report_to_log())),
    }
}
