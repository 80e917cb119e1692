//! `#[exitmacro::main]`: from the tokens of the attribute and of the item to the code in its place.

use crate::args::main::{self as settings, Settings};
use crate::compiler::Compiler;
use crate::diagnostic::{self, Problems};
use crate::features::Features;
use crate::item::main::Entry;
use crate::{emit, fallback, valid};
use proc_macro2::{Span, TokenStream};
use syn::Error;

pub(crate) fn expand(
    args: TokenStream,
    item: TokenStream,
    features: Features,
    compiler: &Compiler,
) -> TokenStream {
    let mut problems = Problems::default();
    let mut settings = settings::read(args, "main", &mut problems);
    settings.runtime = settings.keys.runtime(settings.runtime, compiler, &mut problems);
    valid::check_settings(&settings, features, &mut problems);
    let settings = problems.none_or(settings);
    match syn::parse2::<Entry>(item.clone()) {
        Ok(entry) => match diagnostic::both(settings, entry.check()) {
            // Nothing calls it but a test, as a function like any other.
            Ok(_) if compiler.harness => item,
            Ok((settings, ())) => emit::main::wrapped_main(&settings, &entry, features),
            Err(error) => fallback::inside(&entry, &error),
        },
        Err(error) => fallback::beside(&item, &diagnostic::joined(settings.err(), error)),
    }
}

pub(crate) fn expand_config(
    args: TokenStream,
    features: Features,
    compiler: &Compiler,
) -> TokenStream {
    let mut problems = Problems::default();
    let mut settings = settings::read(args, "config", &mut problems);
    settings.runtime = settings.keys.runtime(settings.runtime, compiler, &mut problems);
    valid::check_settings(&settings, features, &mut problems);
    let settings = problems.none_or(settings).and_then(saying_something);
    settings.map_or_else(
        |error| error.to_compile_error(),
        |settings| emit::main::configuration(&settings),
    )
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

    /// As text, to compare; code that is written with `quote!` gets the same spaces.
    fn expanded(args: TokenStream, item: TokenStream) -> String {
        expand(args, item, Features::ALL, &Compiler::SILENT).to_string()
    }

    fn errors(expansion: &str) -> usize {
        expansion.matches("compile_error").count()
    }

    #[test]
    fn simple_main_expands() {
        let item = quote!(
            fn main() {}
        );
        let expected = quote! {
            fn main() {
                static __EXITMACRO_SETTINGS: ::exitmacro::__private::Settings =
                    ::exitmacro::__private::Settings::new(::exitmacro::__private::file!(), ::exitmacro::__private::line!()).panic_abort();
                fn main() {}
                ::exitmacro::__private::main(&__EXITMACRO_SETTINGS, main, |__exitmacro_returned| ::exitmacro::__private::Look(__exitmacro_returned).known())
            }
        };
        assert_eq!(expanded(quote!(), item), expected.to_string());
    }

    #[test]
    fn arguments_and_attributes_expand() {
        let args = quote! {
            crate = crate::exit, termination_message = "/dev/termination-log", panic_abort = off, on_failure = code(3), timeout = "1s500ms",
            threads = 8, budget = "20s", grace = "10s", on_signal = reraise, signals = [INT, TERM]
        };
        let item = quote! {
            /// Starts.
            #[cfg(unix)]
            #[inline]
            pub fn main() -> Result<(), E> {
                Ok(())
            }
        };
        let expected = quote! {
            /// Starts.
            #[cfg(unix)]
            pub fn main() -> Result<(), E> {
                static __EXITMACRO_SETTINGS: crate::exit::__private::Settings =
                    crate::exit::__private::Settings::new(crate::exit::__private::file!(), crate::exit::__private::line!())
                        .signals(&[crate::exit::__private::Signal::INT, crate::exit::__private::Signal::TERM])
                        .on_signal(crate::exit::__private::OnSignal::Reraise)
                        .grace(crate::exit::__private::Duration::new(10u64, 0u32))
                        .budget(crate::exit::__private::Duration::new(20u64, 0u32))
                        .timeout(crate::exit::__private::Duration::new(1u64, 500000000u32))
                        .threads(8usize)
                        .on_failure(3i32)
                        .termination_message("/dev/termination-log");
                #[inline]
                fn main() -> Result<(), E> {
                    Ok(())
                }
                crate::exit::__private::main(&__EXITMACRO_SETTINGS, main, |__exitmacro_returned| crate::exit::__private::Look(__exitmacro_returned).known())
            }
        };
        assert_eq!(expanded(args, item), expected.to_string());
    }

    #[test]
    fn futures_are_awaited_where_the_feature_is() {
        let item = || {
            quote! {
                #[tokio::main]
                async fn main() -> Result<(), E> {
                    #![allow(unused)]
                    Ok(())
                }
            }
        };
        let written = item();
        assert!(
            expand(quote!(), item(), Features::NONE, &Compiler::SILENT)
                .to_string()
                .contains(&quote!(#written ::exitmacro::__private::main(&__EXITMACRO_SETTINGS, main, |__exitmacro_returned| ::exitmacro::__private::Look(__exitmacro_returned).known())).to_string())
        );
        let expected = quote! {
            #[tokio::main]
            async fn main() -> Result<(), E> {
                async fn main() -> Result<(), E> {
                    #![allow(unused)]
                    Ok(())
                }
                ::exitmacro::__private::main_async(
                    &__EXITMACRO_SETTINGS,
                    main(),
                    |__exitmacro_returned| ::exitmacro::__private::Look(__exitmacro_returned).known()
                ).await
            }
            ::exitmacro::__private::main(&__EXITMACRO_SETTINGS, main, |__exitmacro_returned| ::exitmacro::__private::Look(__exitmacro_returned).known())
        };
        let expansion = expanded(quote!(), item());
        assert!(expansion.contains(&expected.to_string()), "{expansion}");
    }

    #[test]
    fn type_that_another_macro_may_change_is_not_promised() {
        let item = quote!(
            #[snafu::report]
            fn main() -> Result<(), E> {}
        );
        let expansion = expanded(quote!(), item);
        assert!(
            expansion
                .starts_with(&quote!(fn main() -> ::exitmacro::__private::ExitCode).to_string()),
            "{expansion}"
        );
        assert!(expansion.contains(":: exitmacro :: __private :: reported (:: exitmacro :: __private :: main (& __EXITMACRO_SETTINGS"), "{expansion}");
        let item = quote!(
            #[instrument]
            #[tokio::main]
            async fn main() -> Result<(), E> {}
        );
        let expansion = expanded(quote!(), item);
        assert!(
            expansion.contains(
                &quote!(#[tokio::main] async fn main() -> ::exitmacro::__private::ExitCode)
                    .to_string()
            ),
            "{expansion}"
        );
        assert_eq!(expansion.matches("reported").count(), 1, "{expansion}");
    }

    #[test]
    fn function_is_as_it_was_written_under_the_harness() {
        let item = quote!(
            #[tokio::main]
            async fn main() -> Result<(), E> {}
        );
        assert_eq!(
            expand(quote!(signals), item.clone(), Features::ALL, &Compiler::HARNESS).to_string(),
            item.to_string()
        );
        assert_eq!(
            errors(&expand(quote!(signal), item, Features::ALL, &Compiler::HARNESS).to_string()),
            1
        );
    }

    #[test]
    fn function_is_kept_inside_another_next_to_an_error() {
        let item = quote!(
            #[cfg(unix)]
            async fn main() {}
        );
        let expansion = expanded(quote!(), item);
        let kept = quote!(
            #[cfg(unix)]
            fn main() {
                async fn main() {}
            }
        );
        assert!(expansion.starts_with(&kept.to_string()), "{expansion}");
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn function_without_a_body_is_left_out() {
        let expansion = expanded(
            quote!(),
            quote!(
                fn main();
            ),
        );
        assert!(expansion.starts_with("fn main () { }"), "{expansion}");
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn other_item_is_kept_next_to_an_error() {
        let expansion = expanded(
            quote!(),
            quote!(
                fn start() {}
            ),
        );
        assert!(expansion.starts_with("fn start () { }"));
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn mistakes_of_arguments_and_item_are_reported_together() {
        let expansion = expanded(
            quote!(signal, grace = "30s"),
            quote!(
                async fn main(_: u32) {}
            ),
        );
        assert_eq!(errors(&expansion), 5);
        assert_eq!(
            errors(&expanded(
                quote!(budget = 5, timeout = 5),
                quote!(
                    struct S;
                )
            )),
            3
        );
    }

    #[test]
    fn signals_need_the_feature() {
        let main = quote!(
            fn main() {}
        );
        assert_eq!(
            errors(
                &expand(quote!(signals), main.clone(), Features::NONE, &Compiler::SILENT)
                    .to_string()
            ),
            1
        );
        assert_eq!(
            errors(
                &expand(quote!(budget = "5s"), main, Features::NONE, &Compiler::SILENT).to_string()
            ),
            0
        );
    }

    fn config_expanded(args: TokenStream) -> String {
        expand_config(args, Features::ALL, &Compiler::SILENT).to_string()
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
        assert_eq!(config_expanded(quote!(signals, on_signal = exit_zero)), expected.to_string());
    }

    #[test]
    fn panics_that_abort_are_left_alone_unless_asked_for() {
        let calls = |args: TokenStream| config_expanded(args).matches("panic_abort").count();
        assert_eq!(calls(quote!(budget = "5s")), 0);
        assert_eq!(calls(quote!(panic_abort = off)), 0);
        assert_eq!(calls(quote!(panic_abort = run)), 1);
    }

    #[test]
    fn default_said_aloud_is_no_mistake() {
        assert_eq!(errors(&config_expanded(quote!(on_failure = keep))), 0);
    }

    #[test]
    fn nothing_said_is_reported() {
        for args in [quote!(), quote!(crate = crate::exit)] {
            assert!(config_expanded(args).contains("`config!` says nothing"));
        }
    }

    #[test]
    fn every_mistake_of_a_configuration_is_reported() {
        assert_eq!(errors(&config_expanded(quote!(budget = 5, timeout = 5, grace = "1s"))), 3);
        assert_eq!(
            errors(
                &expand_config(quote!(signals, budget = 5), Features::NONE, &Compiler::SILENT)
                    .to_string()
            ),
            2
        );
    }
}
