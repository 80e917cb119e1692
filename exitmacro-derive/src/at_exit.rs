//! `#[at_exit]`: from the tokens of the attribute and of the item to the code that replaces them.

use crate::args::at_exit::AtExitArgs;
use crate::compiler::Compiler;
use crate::diagnostic::{self, Problems};
use crate::features::Features;
use crate::item::handler::Handler;
use crate::{emit, fallback, valid};
use proc_macro2::TokenStream;

pub(crate) fn expand(
    args: TokenStream,
    item: TokenStream,
    features: Features,
    compiler: &Compiler,
) -> TokenStream {
    let mut problems = Problems::default();
    let mut args = AtExitArgs::read(args, &mut problems);
    args.crate_path = args.keys.crate_path(args.crate_path, compiler, &mut problems);
    match Handler::read(item.clone(), &mut problems) {
        Ok(handler) => {
            valid::check_handler(&args, &handler, features, &mut problems);
            let checked = problems.none_or(());
            checked.map_or_else(
                |error| fallback::with_named_item(&item, &args, &handler, compiler, &error),
                |()| emit::at_exit::declared(&args, &handler, compiler, &item),
            )
        }
        Err(error) => {
            fallback::with_item(&item, &diagnostic::joined(problems.none_or(()).err(), error))
        }
    }
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

    #[track_caller]
    fn assert_contains(expansion: &str, expected: &str) {
        assert!(expansion.contains(&code(expected)), "{expansion}");
    }

    #[test]
    fn simple_handler_expands() {
        let item = "/// Closes it.
            #[inline]
            pub fn close_db() {}";
        let expected = "
            #[doc(hidden)]
            mod __exitmacro_close_db {
                #[non_exhaustive]
                pub enum close_db {}
            }
            #[doc(hidden)]
            pub use __exitmacro_close_db::*;
            impl ::exitmacro::__private::Orderable for __exitmacro_close_db::close_db {
                fn __element() -> ::exitmacro::__private::DynElement {
                    $use
                    $p::element! {
                        HANDLERS: Declared = $p::Declared::bare(
                            $p::concat!($p::module_path!(), \"::\", \"close_db\"),
                            $p::module_path!(),
                            ::exitmacro::__private::file!(),
                            ::exitmacro::__private::line!(),
                            ::exitmacro::__private::column!(),
                            {
                                fn __exitmacro_run(_: &$p::ExitContext) -> $p::Returned {
                                    $p::returned({ close_db() })
                                }
                                __exitmacro_run
                            }
                        )
                    }
                }
            }";
        assert_eq!(expanded("", item), code(&format!("{item} {expected}")));
    }

    #[test]
    fn arguments_and_context_expand() {
        let args = "priority = LOW + 1, timeout = \"1s500ms\", name = \"db\", thread = caller,
            fork = inherit, crate = crate::exit, after(cache::flush, Pool<Db>), before(close_log,),
            when = signal";
        let item = "#[cfg(unix)] fn close_db(_exit: &ExitContext) {}";
        let expected = "
            #[cfg(unix)]
            #[doc(hidden)]
            mod __exitmacro_close_db {
                #[non_exhaustive]
                pub enum close_db {}
            }
            #[cfg(unix)]
            #[doc(hidden)]
            use __exitmacro_close_db::*;
            #[cfg(unix)]
            const _: () = {
                $use
                impl $p::Orderable for __exitmacro_close_db::close_db {
                    fn __element() -> $p::DynElement {
                        $p::element! {
                    HANDLERS: Declared = $p::Declared::new(
                        \"db\",
                        $p::module_path!(),
                        $p::file!(),
                        $p::line!(),
                        $p::column!(),
                        {
                            fn __exitmacro_run(
                                __exitmacro_context: &$p::ExitContext
                            ) -> $p::Returned {
                                $p::returned({ close_db(__exitmacro_context) })
                            }
                            __exitmacro_run
                        }
                    )
                    .priority({ LOW + 1 })
                    .timeout($p::Duration::new(1u64, 500000000u32))
                    .after(&[
                        <cache::flush as $p::Orderable>::KEY,
                        <Pool<Db> as $p::Orderable>::KEY
                    ])
                    .before(&[<close_log as $p::Orderable>::KEY])
                    .when($p::When::Signal)
                    .on_caller()
                    .inherit() }
                    }
                }
            };";
        let expected = code_in(&format!("{item} {expected}"), "crate::exit");
        assert_eq!(expanded(args, item), expected);
    }

    #[test]
    fn static_expands() {
        let item = "pub static r#mod: std::sync::OnceLock<Pool> = OnceLock::new();";
        let expansion = expanded("priority = 5", item);
        assert!(expansion.starts_with(&code(item)));
        assert_contains(&expansion, "mod __exitmacro_mod { #[non_exhaustive] pub enum r#mod {} }");
        assert_contains(
            &expansion,
            "fn __exitmacro_run(__exitmacro_context: &$p::ExitContext) -> $p::Returned {
                $p::AtExitCleanup::cleanup_at_exit(&r#mod, __exitmacro_context)
            }",
        );
        assert_contains(&expansion, ".priority({ 5 })");
    }

    #[test]
    fn concurrent_and_when_expand() {
        let item = "fn close_db() {}";
        for (args, expected) in [
            ("concurrent, when = success", ".concurrent().when($p::When::Success)"),
            ("when = failure", ".when($p::When::Failure)"),
        ] {
            assert_contains(&expanded(args, item), expected);
        }
        assert_eq!(
            expanded("when = always, thread = runner, fork = owner", item),
            expanded("", item)
        );
    }

    #[test]
    fn futures_expand() {
        for (item, call) in [
            ("async fn close_db() {}", "close_db()"),
            (
                "async fn close_db(exit: &ExitContext) -> Result<(), E> { Ok(()) }",
                "close_db(__exitmacro_context)",
            ),
        ] {
            let expansion = expanded("priority = 5, thread = caller", item);
            let driven = format!(
                "(__exitmacro_context: &$p::ExitContext) -> $p::Returned {{
                    $p::driven({{ {call} }}, __exitmacro_context)
                }}"
            );
            assert_contains(&expansion, &driven);
            assert_contains(&expansion, ".asynchronous()");
        }
    }

    #[test]
    fn what_takes_or_returns_something_is_not_bare() {
        for (item, new) in [
            ("fn close_db() {}", "$p::Declared::bare"),
            ("fn close_db(exit: &ExitContext) {}", "$p::Declared::new"),
            ("fn close_db() -> Result<(), E> { Ok(()) }", "$p::Declared::new"),
            ("static POOL: Pool = Pool;", "$p::Declared::new"),
        ] {
            assert_contains(&expanded("", item), new);
        }
    }

    #[test]
    fn futures_need_the_feature() {
        let item = "async fn close_db() {}";
        assert_eq!(errors(&expanded_with("", item, Features::NONE, &Compiler::UNKNOWN)), 1);
    }

    #[test]
    fn name_can_be_mentioned_next_to_an_error() {
        for args in ["prio = 1", "after(close_db)"] {
            let expansion = expanded(args, "#[cfg(unix)] pub(crate) fn close_db() {}");
            assert_contains(
                &expansion,
                "#[cfg(unix)]
                #[doc(hidden)]
                mod __exitmacro_close_db {
                    #[non_exhaustive]
                    pub enum close_db {}
                }
                #[cfg(unix)]
                #[doc(hidden)]
                pub(crate) use __exitmacro_close_db::*;
                #[cfg(unix)]
                impl ::exitmacro::__private::Orderable for __exitmacro_close_db::close_db {
                    fn __element() -> ::exitmacro::__private::DynElement {
                        $use
                        loop {}
                    }
                }",
            );
            assert_eq!(errors(&expansion), 1);
        }
    }

    #[test]
    fn alias_takes_the_place_of_the_name() {
        let expansion = expanded("alias = close_log", "pub fn log() {}");
        assert_contains(
            &expansion,
            "mod __exitmacro_close_log { #[non_exhaustive] pub enum close_log {} }",
        );
        assert_contains(&expansion, "pub use __exitmacro_close_log::*;");
        assert_contains(&expansion, "Orderable for __exitmacro_close_log::close_log");
        assert_eq!(expansion.matches("enum").count(), 1);
    }

    #[test]
    fn name_that_would_hide_something_is_not_declared() {
        let compiler = Compiler::with(&["--extern", "log=a", "--extern", "exitmacro=b"]);
        for (args, declared) in [("", false), ("alias = log", true)] {
            let expansion =
                expanded_with(args, "#[cfg(unix)] fn log() {}", Features::ALL, &compiler);
            assert_eq!(expansion.contains("enum"), declared, "{expansion}");
            assert_eq!(expansion.contains("_=__exitmacro::element!"), !declared, "{expansion}");
        }
    }

    #[test]
    fn name_is_left_out_where_the_crate_is_not_known() {
        let expansion = expanded("crate = \"exit\"", "fn close_db() {}");
        assert!(!expansion.contains("enum") && errors(&expansion) == 1, "{expansion}");
    }

    #[test]
    fn nothing_is_added_to_a_method() {
        let expansion = expanded("prio = 1", "fn close(&self) {}");
        assert!(!expansion.contains("enum") && errors(&expansion) == 2, "{expansion}");
    }

    #[test]
    fn raw_name_is_shown_without_its_prefix() {
        let expansion = expanded("", "fn r#type() {}");
        assert!(expansion.contains("\"type\"") && expansion.contains("r#type()"));
    }

    #[test]
    fn item_is_kept_next_to_its_mistakes_and_those_of_the_arguments() {
        for (args, item, count) in [
            ("prio = 1", "fn close_db() {}", 1),
            ("prio = 1, timeout = 5", "unsafe fn close_db(_: u32) {}", 4),
            ("prio = 1", "static mut POOL: Pool = Pool::new();", 2),
            ("", "fn close_db", 1),
        ] {
            let expansion = expanded(args, item);
            assert!(expansion.starts_with(&code(item)), "{expansion}");
            assert_eq!(errors(&expansion), count, "{expansion}");
        }
    }
}
