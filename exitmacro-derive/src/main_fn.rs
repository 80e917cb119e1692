//! `#[exitmacro::main]` and `config!`: from their tokens to the code that replaces them.

use crate::args::main::{self as settings, Settings};
use crate::compiler::Compiler;
use crate::diagnostic::{self, Problems};
use crate::features::Features;
use crate::item::main::MainFn;
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
    settings.crate_path = settings.keys.crate_path(settings.crate_path, compiler, &mut problems);
    valid::check_settings(&settings, features, &mut problems);
    let settings = problems.none_or(settings);
    match syn::parse2::<MainFn>(item.clone()) {
        Ok(main_fn) => match diagnostic::both(settings, main_fn.check()) {
            // The harness has a `main` of its own. A test may call this one like any function.
            Ok(_) if compiler.harness => item,
            Ok((settings, ())) => emit::main::wrapped_main(&settings, &main_fn, features),
            // The mistakes are in the arguments alone.
            Err(error) if main_fn.check().is_ok() => fallback::with_item(&item, &error),
            Err(error) => fallback::with_main(&main_fn, &error),
        },
        Err(error) => fallback::with_item(&item, &diagnostic::joined(settings.err(), error)),
    }
}

pub(crate) fn expand_config(
    args: TokenStream,
    features: Features,
    compiler: &Compiler,
) -> TokenStream {
    let mut problems = Problems::default();
    let mut settings = settings::read(args, "config", &mut problems);
    settings.crate_path = settings.keys.crate_path(settings.crate_path, compiler, &mut problems);
    valid::check_settings(&settings, features, &mut problems);
    let settings = problems.none_or(settings).and_then(not_empty);
    settings.map_or_else(
        |error| error.to_compile_error(),
        |settings| emit::main::configuration(&settings),
    )
}

fn not_empty(settings: Settings) -> syn::Result<Settings> {
    if settings.keys.iter().any(|key| key != "crate") {
        return Ok(settings);
    }
    Err(Error::new(
        Span::call_site(),
        "`config!` says nothing; write at least one argument, such as `budget = \"20s\"`, or \
         remove it",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expansions::{code, code_in, errors, squeezed};

    fn expanded_with(args: &str, item: &str, features: Features, compiler: &Compiler) -> String {
        squeezed(&expand(args.parse().unwrap(), item.parse().unwrap(), features, compiler))
    }

    fn expanded(args: &str, item: &str) -> String {
        expanded_with(args, item, Features::ALL, &Compiler::UNKNOWN)
    }

    fn config_expanded(args: &str) -> String {
        squeezed(&expand_config(args.parse().unwrap(), Features::ALL, &Compiler::UNKNOWN))
    }

    /// What follows the function that was written.
    const CALL: &str = "$p::main(
        &__EXITMACRO_SETTINGS,
        main,
        |__exitmacro_returned| $p::Look::of(__exitmacro_returned).known()
    )";

    #[track_caller]
    fn assert_contains(expansion: &str, expected: &str) {
        assert!(expansion.contains(&code(expected)), "{expansion}");
    }

    #[test]
    fn simple_main_expands() {
        let expected = format!(
            "fn main() {{
                $use
                static __EXITMACRO_SETTINGS: $p::Settings =
                    $p::Settings::new(
                        ::exitmacro::__private::file!(),
                        ::exitmacro::__private::line!()
                    ).panic_abort();
                fn main() {{}}
                {CALL}
            }}"
        );
        assert_eq!(expanded("", "fn main() {}"), code(&expected));
    }

    #[test]
    fn arguments_and_attributes_expand() {
        let args = "
            crate = crate::exit, report_to = log, termination_message = \"/dev/termination-log\",
            panic_abort = off, on_failure = code(3), timeout = \"1s500ms\", threads = 8,
            budget = \"20s\", grace = \"10s\", on_signal = reraise, signals = [INT, TERM]";
        let item = "
            /// Starts.
            #[cfg(unix)]
            #[inline]
            pub fn main() -> Result<(), E> {
                Ok(())
            }";
        let expected = format!(
            "/// Starts.
            #[cfg(unix)]
            pub fn main() -> Result<(), E> {{
                $use
                static __EXITMACRO_SETTINGS: $p::Settings =
                    $p::Settings::new($p::file!(), $p::line!())
                        .signals(&[$p::Signal::INT, $p::Signal::TERM])
                        .on_signal($p::OnSignal::Reraise)
                        .grace($p::Duration::new(10u64, 0u32))
                        .budget($p::Duration::new(20u64, 0u32))
                        .timeout($p::Duration::new(1u64, 500000000u32))
                        .threads(8usize)
                        .on_failure(3i32)
                        .termination_message(\"/dev/termination-log\")
                        .report_to_log();
                #[inline]
                fn main() -> Result<(), E> {{
                    Ok(())
                }}
                {CALL}
            }}"
        );
        assert_eq!(expanded(args, item), code_in(&expected, "crate::exit"));
    }

    #[test]
    fn future_is_awaited_with_the_feature() {
        let item = "
            #[tokio::main]
            async fn main() -> Result<(), E> {
                #![allow(unused)]
                Ok(())
            }";
        let without = expanded_with("", item, Features::NONE, &Compiler::UNKNOWN);
        assert_contains(&without, &format!("{item} {CALL}"));
        let expected = format!(
            "#[tokio::main]
            async fn main() -> Result<(), E> {{
                async fn main() -> Result<(), E> {{
                    #![allow(unused)]
                    Ok(())
                }}
                $p::main_async(
                    &__EXITMACRO_SETTINGS,
                    main(),
                    |__exitmacro_returned| $p::Look::of(__exitmacro_returned).known()
                ).await
            }}
            {CALL}"
        );
        assert_contains(&expanded("", item), &expected);
    }

    #[test]
    fn runtime_that_was_started_awaits_the_handlers_with_the_feature() {
        let item = "fn main() { let body = async {}; runtime().block_on(body) }";
        let without = expanded_with("", item, Features::NONE, &Compiler::UNKNOWN);
        assert_contains(&without, &format!("{item} {CALL}"));
        let expected = format!(
            "fn main() {{
                let body = async {{}};
                runtime().block_on($p::main_async(
                    &__EXITMACRO_SETTINGS,
                    body,
                    |__exitmacro_returned| $p::Look::of(__exitmacro_returned).known()
                ))
            }}
            {CALL}"
        );
        assert_contains(&expanded("", item), &expected);
    }

    #[test]
    fn return_type_that_another_macro_may_change_is_not_kept() {
        let expansion = expanded("", "#[snafu::report] fn main() -> Result<(), E> {}");
        assert!(
            expansion.starts_with(&code("fn main() -> ::std::process::ExitCode")),
            "{expansion}"
        );
        assert_contains(&expansion, &format!("$p::reported({CALL})"));
        let item = "#[instrument] #[tokio::main] async fn main() -> Result<(), E> {}";
        let expansion = expanded("", item);
        assert_contains(&expansion, "#[tokio::main] async fn main() -> ::std::process::ExitCode");
        assert_eq!(expansion.matches("reported").count(), 1, "{expansion}");
    }

    #[test]
    fn function_is_as_it_was_written_under_the_harness() {
        let item = "#[tokio::main] async fn main() -> Result<(), E> {}";
        let expanded = |args| expanded_with(args, item, Features::ALL, &Compiler::HARNESS);
        assert_eq!(expanded("signals"), code(item));
        assert_eq!(errors(&expanded("signal")), 1);
    }

    #[test]
    fn function_is_kept_inside_another_next_to_an_error() {
        let expansion = expanded("", "#[cfg(unix)] async fn main() {}");
        let kept = code("#[cfg(unix)] fn main() { async fn main() {} }");
        assert!(expansion.starts_with(&kept), "{expansion}");
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn function_is_as_it_was_written_next_to_a_mistake_in_the_arguments() {
        let item = "#[tokio::main] pub(crate) async fn main() -> Result<(), E> {}";
        let expansion = expanded("signal", item);
        assert!(expansion.starts_with(&code(item)), "{expansion}");
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn return_type_is_kept_next_to_an_error() {
        let expansion = expanded("", "pub fn main(_: u8) -> ExitCode { a }");
        let kept = "pub fn main() -> ExitCode { fn main(_: u8) -> ExitCode { a } loop {} }";
        assert!(expansion.starts_with(&code(kept)), "{expansion}");
        let expansion = expanded("", "fn main(_: u8) -> impl Termination { a }");
        assert!(expansion.starts_with("fnmain(){fnmain(_:u8)"), "{expansion}");
    }

    #[test]
    fn function_without_a_body_is_left_out() {
        let expansion = expanded("", "fn main();");
        assert!(expansion.starts_with(&code("fn main() {}")), "{expansion}");
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn other_item_is_kept_next_to_an_error() {
        let expansion = expanded("", "fn start() {}");
        assert!(expansion.starts_with(&code("fn start() {}")));
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn mistakes_of_arguments_and_item_are_reported_together() {
        assert_eq!(errors(&expanded("signal, grace = \"30s\"", "async fn main(_: u32) {}")), 5);
        assert_eq!(errors(&expanded("budget = 5, timeout = 5", "struct S;")), 3);
    }

    #[test]
    fn signals_need_the_feature() {
        let errors =
            |args| errors(&expanded_with(args, "fn main() {}", Features::NONE, &Compiler::UNKNOWN));
        assert_eq!(errors("signals"), 1);
        assert_eq!(errors("budget = \"5s\""), 0);
    }

    #[test]
    fn configuration_expands() {
        let expected = "
            const _: () = {
                $use
                $p::settings! {
                    $p::Settings::new(
                        ::exitmacro::__private::file!(),
                        ::exitmacro::__private::line!()
                    )
                        .signals($p::DEFAULT_SIGNALS)
                        .on_signal($p::OnSignal::ExitZero)
                }
            };";
        assert_eq!(config_expanded("signals, on_signal = exit_zero"), code(expected));
    }

    #[test]
    fn status_is_left_out_where_it_is_off() {
        let calls = |args| config_expanded(args).matches("without_status").count();
        assert_eq!(["budget = \"5s\"", "status = on", "status = off"].map(calls), [0, 0, 1]);
    }

    #[test]
    fn configuration_leaves_panics_that_abort_alone_unless_asked_for() {
        let calls = |args| config_expanded(args).matches("panic_abort").count();
        assert_eq!(calls("budget = \"5s\""), 0);
        assert_eq!(calls("panic_abort = off"), 0);
        assert_eq!(calls("panic_abort = run"), 1);
    }

    #[test]
    fn configuration_may_not_be_empty() {
        for (args, count) in [("", 1), ("crate = crate::exit", 1), ("on_failure = keep", 0)] {
            assert_eq!(errors(&config_expanded(args)), count, "{args}");
        }
    }

    #[test]
    fn every_mistake_of_a_configuration_is_reported() {
        assert_eq!(errors(&config_expanded("budget = 5, timeout = 5, grace = \"1s\"")), 3);
        let args = "signals, budget = 5".parse().unwrap();
        let expansion = expand_config(args, Features::NONE, &Compiler::UNKNOWN);
        assert_eq!(errors(&squeezed(&expansion)), 2);
    }
}
