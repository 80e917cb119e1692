//! `#[at_exit]`: from the tokens of the attribute and of the item to the code in its place.

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
    args.runtime = args.keys.runtime(args.runtime, compiler, &mut problems);
    match Handler::read(item.clone(), &mut problems) {
        Ok(handler) => {
            valid::check_handler(&args, &handler, features, &mut problems);
            let checked = problems.none_or(());
            checked.map_or_else(
                |error| fallback::named(&item, &args, &handler, compiler, &error),
                |()| emit::at_exit::declared(&args, &handler, compiler, &item),
            )
        }
        Err(error) => {
            fallback::beside(&item, &diagnostic::joined(problems.none_or(()).err(), error))
        }
    }
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
    fn simple_handler_expands() {
        let item = quote! {
            /// Closes it.
            #[inline]
            pub fn close_db() {}
        };
        let expected = quote! {
            #item
            #[doc(hidden)]
            mod __exitmacro_close_db {
                pub enum close_db {}
            }
            #[doc(hidden)]
            pub use __exitmacro_close_db::*;
            impl ::exitmacro::__private::Orderable for __exitmacro_close_db::close_db {
                const KEY: ::exitmacro::__private::Key = {
                    #[::exitmacro::__private::linkme::distributed_slice(::exitmacro::__private::HANDLERS)]
                    #[linkme(crate = ::exitmacro::__private::linkme)]
                    static __EXITMACRO_HANDLER: ::exitmacro::__private::Declared = ::exitmacro::__private::Declared::new(
                        ::exitmacro::__private::concat!(::exitmacro::__private::module_path!(), "::", "close_db"),
                        ::exitmacro::__private::module_path!(),
                        ::exitmacro::__private::file!(),
                        ::exitmacro::__private::line!(),
                        ::exitmacro::__private::column!(),
                        |_| ::exitmacro::__private::returned({ close_db() })
                    );
                    ::exitmacro::__private::Key::Declared(|| &__EXITMACRO_HANDLER)
                };
            }
        };
        assert_eq!(expanded(quote!(), item), expected.to_string());
    }

    #[test]
    fn arguments_and_context_expand() {
        let args = quote!(
            priority = LOW + 1,
            timeout = "1s500ms",
            name = "db",
            thread = caller,
            fork = inherit,
            crate = crate::exit
        );
        let item = quote! {
            #[cfg(unix)]
            fn close_db(_exit: &ExitContext) {}
        };
        let expected = quote! {
            #item
            #[cfg(unix)]
            #[doc(hidden)]
            mod __exitmacro_close_db {
                pub enum close_db {}
            }
            #[cfg(unix)]
            #[doc(hidden)]
            use __exitmacro_close_db::*;
            #[cfg(unix)]
            impl crate::exit::__private::Orderable for __exitmacro_close_db::close_db {
                const KEY: crate::exit::__private::Key = {
                    #[crate::exit::__private::linkme::distributed_slice(crate::exit::__private::HANDLERS)]
                    #[linkme(crate = crate::exit::__private::linkme)]
                    static __EXITMACRO_HANDLER: crate::exit::__private::Declared = crate::exit::__private::Declared::new(
                        "db",
                        crate::exit::__private::module_path!(),
                        crate::exit::__private::file!(),
                        crate::exit::__private::line!(),
                        crate::exit::__private::column!(),
                        |__exitmacro_context| crate::exit::__private::returned({ close_db(__exitmacro_context) })
                    )
                    .priority({ LOW + 1 })
                    .timeout(crate::exit::__private::Duration::new(1u64, 500000000u32))
                    .on_caller()
                    .inherit();
                    crate::exit::__private::Key::Declared(|| &__EXITMACRO_HANDLER)
                };
            }
        };
        assert_eq!(expanded(args, item), expected.to_string());
    }

    #[test]
    fn simple_static_expands() {
        let item = quote! {
            /// The pool.
            pub static POOL: std::sync::OnceLock<Pool> = OnceLock::new();
        };
        let expected = quote! {
            #item
            #[doc(hidden)]
            mod __exitmacro_POOL {
                pub enum POOL {}
            }
            #[doc(hidden)]
            pub use __exitmacro_POOL::*;
            impl ::exitmacro::__private::Orderable for __exitmacro_POOL::POOL {
                const KEY: ::exitmacro::__private::Key = {
                    #[::exitmacro::__private::linkme::distributed_slice(::exitmacro::__private::HANDLERS)]
                    #[linkme(crate = ::exitmacro::__private::linkme)]
                    static __EXITMACRO_HANDLER: ::exitmacro::__private::Declared = ::exitmacro::__private::Declared::new(
                        ::exitmacro::__private::concat!(::exitmacro::__private::module_path!(), "::", "POOL"),
                        ::exitmacro::__private::module_path!(),
                        ::exitmacro::__private::file!(),
                        ::exitmacro::__private::line!(),
                        ::exitmacro::__private::column!(),
                        |_| ::exitmacro::__private::returned(::exitmacro::__private::AtExitCleanup::cleanup(&POOL))
                    );
                    ::exitmacro::__private::Key::Declared(|| &__EXITMACRO_HANDLER)
                };
            }
        };
        assert_eq!(expanded(quote!(), item), expected.to_string());
    }

    #[test]
    fn arguments_of_a_static_expand() {
        let args = quote!(
            priority = 5,
            timeout = "5s",
            name = "pool",
            thread = caller,
            fork = inherit,
            crate = crate::exit
        );
        let item = quote! {
            #[cfg(unix)]
            static r#mod: Pool = Pool::new();
        };
        let expected = quote! {
            #item
            #[cfg(unix)]
            #[doc(hidden)]
            mod __exitmacro_mod {
                pub enum r#mod {}
            }
            #[cfg(unix)]
            #[doc(hidden)]
            use __exitmacro_mod::*;
            #[cfg(unix)]
            impl crate::exit::__private::Orderable for __exitmacro_mod::r#mod {
                const KEY: crate::exit::__private::Key = {
                    #[crate::exit::__private::linkme::distributed_slice(crate::exit::__private::HANDLERS)]
                    #[linkme(crate = crate::exit::__private::linkme)]
                    static __EXITMACRO_HANDLER: crate::exit::__private::Declared = crate::exit::__private::Declared::new(
                        "pool",
                        crate::exit::__private::module_path!(),
                        crate::exit::__private::file!(),
                        crate::exit::__private::line!(),
                        crate::exit::__private::column!(),
                        |_| crate::exit::__private::returned(crate::exit::__private::AtExitCleanup::cleanup(&r#mod))
                    )
                    .priority({ 5 })
                    .timeout(crate::exit::__private::Duration::new(5u64, 0u32))
                    .on_caller()
                    .inherit();
                    crate::exit::__private::Key::Declared(|| &__EXITMACRO_HANDLER)
                };
            }
        };
        assert_eq!(expanded(args, item), expected.to_string());
    }

    #[test]
    fn edges_expand() {
        let args =
            quote!(after(cache::flush, Pool<Db>), before(crate::close_log,), crate = crate::exit);
        let expansion = expanded(
            args,
            quote!(
                fn close_db() {}
            ),
        );
        let expected = quote! {
            .after(&[
                <cache::flush as crate::exit::__private::Orderable>::KEY,
                <Pool<Db> as crate::exit::__private::Orderable>::KEY
            ])
            .before(&[
                <crate::close_log as crate::exit::__private::Orderable>::KEY
            ]);
        };
        assert!(expansion.contains(&expected.to_string()), "{expansion}");
    }

    #[test]
    fn company_and_ends_expand() {
        let item = || {
            quote!(
                fn close_db() {}
            )
        };
        let expansion = expanded(quote!(concurrent, when = signal), item());
        let expected = quote!(.concurrent().when(::exitmacro::__private::When::Signal););
        assert!(expansion.contains(&expected.to_string()), "{expansion}");
        assert_eq!(expanded(quote!(when = always), item()), expanded(quote!(), item()));
    }

    #[test]
    fn futures_expand() {
        let driven = |item: TokenStream, expected: TokenStream| {
            let expansion = expanded(quote!(priority = 5), item);
            assert!(
                expansion.contains(&expected.to_string())
                    && expansion.contains(". asynchronous ()"),
                "{expansion}"
            );
        };
        driven(
            quote!(
                async fn close_db() {}
            ),
            quote!(|__exitmacro_context| ::exitmacro::__private::driven(
                { close_db() },
                __exitmacro_context
            )),
        );
        driven(
            quote!(
                async fn close_db(exit: &ExitContext) -> Result<(), E> {
                    Ok(())
                }
            ),
            quote!(|__exitmacro_context| ::exitmacro::__private::driven(
                { close_db(__exitmacro_context) },
                __exitmacro_context
            )),
        );
    }

    #[test]
    fn futures_need_the_feature() {
        let item = || {
            quote!(
                async fn close_db() {}
            )
        };
        assert_eq!(
            errors(&expand(quote!(), item(), Features::NONE, &Compiler::SILENT).to_string()),
            1
        );
        assert_eq!(errors(&expanded(quote!(thread = caller), item())), 0);
    }

    #[test]
    fn name_can_be_mentioned_next_to_an_error() {
        let named = quote! {
            #[cfg(unix)]
            #[doc(hidden)]
            mod __exitmacro_close_db {
                pub enum close_db {}
            }
            #[cfg(unix)]
            #[doc(hidden)]
            pub(crate) use __exitmacro_close_db::*;
            #[cfg(unix)]
            impl ::exitmacro::__private::Orderable for __exitmacro_close_db::close_db {
                const KEY: ::exitmacro::__private::Key = { ::exitmacro::__private::Key::Declared(|| loop {}) };
            }
        };
        for args in [quote!(prio = 1), quote!(after(close_db))] {
            let expansion = expanded(
                args,
                quote!(
                    #[cfg(unix)]
                    pub(crate) fn close_db() {}
                ),
            );
            assert!(expansion.contains(&named.to_string()), "{expansion}");
            assert_eq!(errors(&expansion), 1);
        }
    }

    #[test]
    fn alias_takes_the_place_of_the_name() {
        let expansion = expanded(
            quote!(alias = close_log),
            quote!(
                pub fn log() {}
            ),
        );
        let named = quote! {
            #[doc(hidden)]
            mod __exitmacro_close_log {
                pub enum close_log {}
            }
            #[doc(hidden)]
            pub use __exitmacro_close_log::*;
            impl ::exitmacro::__private::Orderable for __exitmacro_close_log::close_log
        };
        assert!(expansion.contains(&named.to_string()), "{expansion}");
        assert_eq!(expansion.matches("enum").count(), 1);
    }

    #[test]
    fn name_that_would_hide_something_is_not_declared() {
        let compiler = Compiler::with(&["--extern", "log=a", "--extern", "exitmacro=b"]);
        for (args, enums) in [(quote!(), 0), (quote!(alias = log), 1)] {
            let item = quote!(
                #[cfg(unix)]
                fn log() {}
            );
            let expansion = expand(args, item.clone(), Features::ALL, &compiler).to_string();
            assert_eq!(expansion.matches("enum").count(), enums, "{expansion}");
            assert_eq!(
                expansion.contains("# [cfg (unix)] const _ : () = { #"),
                enums == 0,
                "{expansion}"
            );
        }
    }

    #[test]
    fn name_is_left_out_where_the_crate_is_not_known() {
        let expansion = expanded(
            quote!(crate = "exit"),
            quote!(
                fn close_db() {}
            ),
        );
        assert!(!expansion.contains("enum") && errors(&expansion) == 1, "{expansion}");
    }

    #[test]
    fn nothing_stands_beside_a_method() {
        let expansion = expanded(
            quote!(prio = 1),
            quote!(
                fn close(&self) {}
            ),
        );
        assert!(!expansion.contains("enum") && errors(&expansion) == 2, "{expansion}");
    }

    #[test]
    fn static_is_kept_next_to_errors() {
        let expansion = expanded(
            quote!(prio = 1),
            quote!(
                static mut POOL: Pool = Pool::new();
            ),
        );
        assert!(expansion.starts_with("static mut POOL : Pool = Pool :: new () ;"), "{expansion}");
        assert_eq!(errors(&expansion), 2);
    }

    #[test]
    fn raw_name_is_shown_without_its_prefix() {
        let expansion = expanded(
            quote!(),
            quote!(
                fn r#type() {}
            ),
        );
        assert!(expansion.contains("\"type\"") && expansion.contains("r#type ()"));
    }

    #[test]
    fn item_is_kept_next_to_an_error() {
        let expansion = expanded(
            quote!(prio = 1),
            quote!(
                fn close_db() {}
            ),
        );
        assert!(expansion.starts_with("fn close_db () { }"));
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn mistakes_of_arguments_and_item_are_reported_together() {
        let expansion = expanded(
            quote!(prio = 1, timeout = 5),
            quote!(
                unsafe fn close_db(_: u32) {}
            ),
        );
        assert_eq!(errors(&expansion), 4);
    }

    #[test]
    fn item_that_cannot_be_parsed_is_kept() {
        let expansion = expanded(quote!(), quote!(fn close_db));
        assert!(expansion.starts_with("fn close_db"));
        assert_eq!(errors(&expansion), 1);
    }
}
