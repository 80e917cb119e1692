//! `config! { … }`: from its tokens to the code in its place.

use crate::compiler::Compiler;
use crate::diagnostic::Problems;
use crate::features::Features;
use crate::settings::Settings;
use crate::{emit, settings, valid};
use proc_macro2::{Span, TokenStream};
use syn::Error;

pub(crate) fn expand(args: TokenStream, features: Features, compiler: &Compiler) -> TokenStream {
    let mut problems = Problems::default();
    let mut settings = settings::read(args, "config", &mut problems);
    settings.find_runtime(compiler, &mut problems);
    valid::check(&settings, features, &mut problems);
    let settings = problems.none_or(settings).and_then(saying_something);
    settings
        .map_or_else(|error| error.to_compile_error(), |settings| emit::configuration(&settings))
}

fn saying_something(settings: Settings) -> syn::Result<Settings> {
    if settings.keys.iter().any(|key| key != "crate") {
        return Ok(settings);
    }
    Err(Error::new(
        Span::call_site(),
        "`config!` says nothing; write at least one argument, such as `budget = \"20s\"`, or remove it",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn expanded(args: TokenStream) -> String {
        expand(args, Features::ALL, &Compiler::SILENT).to_string()
    }

    fn errors(expansion: &str) -> usize {
        expansion.matches("compile_error").count()
    }

    #[test]
    fn configuration_expands() {
        let expected = quote! {
            const _: () = {
                #[::exitmacro::__private::linkme::distributed_slice(::exitmacro::__private::SETTINGS)]
                #[linkme(crate = ::exitmacro::__private::linkme)]
                static __EXITMACRO_SETTINGS: ::exitmacro::__private::Settings =
                    ::exitmacro::__private::Settings::new(::exitmacro::__private::file!(), ::exitmacro::__private::line!())
                        .signals(::exitmacro::__private::DEFAULT_SIGNALS)
                        .on_signal(::exitmacro::__private::OnSignal::ExitZero);
            };
        };
        assert_eq!(expanded(quote!(signals, on_signal = exit_zero)), expected.to_string());
    }

    #[test]
    fn panics_that_abort_are_left_alone_unless_asked_for() {
        let calls = |args: TokenStream| expanded(args).matches("panic_abort").count();
        assert_eq!(calls(quote!(budget = "5s")), 0);
        assert_eq!(calls(quote!(panic_abort = off)), 0);
        assert_eq!(calls(quote!(panic_abort = run)), 1);
    }

    #[test]
    fn default_said_aloud_is_no_mistake() {
        assert_eq!(errors(&expanded(quote!(on_failure = keep))), 0);
    }

    #[test]
    fn nothing_said_is_reported() {
        for args in [quote!(), quote!(crate = crate::exit)] {
            assert!(expanded(args).contains("`config!` says nothing"));
        }
    }

    #[test]
    fn every_mistake_is_reported() {
        assert_eq!(errors(&expanded(quote!(budget = 5, timeout = 5, grace = "1s"))), 3);
        assert_eq!(
            errors(
                &expand(quote!(signals, budget = 5), Features::NONE, &Compiler::SILENT).to_string()
            ),
            2
        );
    }
}
