//! `#[at_exit]`: from the tokens of the attribute and of the item to the code in its place.

use crate::args::Args;
use crate::item::Handler;
use crate::{diagnostic, emit, fallback};
use proc_macro2::TokenStream;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let args = syn::parse2::<Args>(args);
    let handler = syn::parse2::<Handler>(item.clone());
    match diagnostic::both(args, handler) {
        Ok((args, handler)) => emit::declared(&args, &handler, &item),
        Err(error) => fallback::beside(&item, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    /// As text, to compare; code that is written with `quote!` gets the same spaces.
    fn expanded(args: TokenStream, item: TokenStream) -> String {
        expand(args, item).to_string()
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
            const _: () = {
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
            };
        };
        assert_eq!(expanded(quote!(), item), expected.to_string());
    }

    #[test]
    fn arguments_and_context_expand() {
        let args = quote!(priority = LOW + 1, timeout = "1s500ms", name = "db", thread = caller, fork = inherit, crate = crate::exit);
        let item = quote! {
            #[cfg(unix)]
            fn close_db(_exit: &ExitContext) {}
        };
        let expected = quote! {
            #item
            #[cfg(unix)]
            const _: () = {
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
                .priority({ let __exitmacro_priority: crate::exit::__private::i32 = LOW + 1; __exitmacro_priority })
                .timeout(crate::exit::__private::Duration::new(1u64, 500000000u32))
                .on_caller()
                .inherit();
            };
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
            const _: () = {
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
            };
        };
        assert_eq!(expanded(quote!(), item), expected.to_string());
    }

    #[test]
    fn arguments_of_a_static_expand() {
        let args = quote!(priority = 5, timeout = "5s", name = "pool", thread = caller, fork = inherit, crate = crate::exit);
        let item = quote! {
            #[cfg(unix)]
            static r#mod: Pool = Pool::new();
        };
        let expected = quote! {
            #item
            #[cfg(unix)]
            const _: () = {
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
                .priority({ let __exitmacro_priority: crate::exit::__private::i32 = 5; __exitmacro_priority })
                .timeout(crate::exit::__private::Duration::new(5u64, 0u32))
                .on_caller()
                .inherit();
            };
        };
        assert_eq!(expanded(args, item), expected.to_string());
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
                async fn close_db(_: u32) {}
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
