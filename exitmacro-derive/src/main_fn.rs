//! `#[exitmacro::main]`: from the tokens of the attribute and of the item to the code in its place.

use crate::diagnostic::{self, Problems};
use crate::entry::Entry;
use crate::features::Features;
use crate::{emit, fallback, settings, valid};
use proc_macro2::TokenStream;

pub(crate) fn expand(args: TokenStream, item: TokenStream, features: Features) -> TokenStream {
    let mut problems = Problems::default();
    let settings = settings::read(args, "main", &mut problems);
    valid::check(&settings, features, &mut problems);
    let settings = problems.none_or(settings);
    match syn::parse2::<Entry>(item.clone()) {
        Ok(entry) => match diagnostic::both(settings, entry.check()) {
            Ok((settings, ())) => emit::wrapped_main(&settings, &entry, features),
            Err(error) => fallback::inside(&entry, &error),
        },
        Err(error) => fallback::beside(&item, &diagnostic::joined(settings.err(), error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    /// As text, to compare; code that is written with `quote!` gets the same spaces.
    fn expanded(args: TokenStream, item: TokenStream) -> String {
        expand(args, item, Features::ALL).to_string()
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
            fn main() -> ::exitmacro::__private::ExitCode {
                #[cfg_attr(
                    not(test),
                    ::exitmacro::__private::linkme::distributed_slice(::exitmacro::__private::SETTINGS),
                    linkme(crate = ::exitmacro::__private::linkme)
                )]
                static __EXITMACRO_SETTINGS: ::exitmacro::__private::Settings =
                    ::exitmacro::__private::Settings::new(::exitmacro::__private::file!(), ::exitmacro::__private::line!()).panic_abort();
                fn main() {}
                ::exitmacro::__private::main(&__EXITMACRO_SETTINGS, main)
            }
        };
        assert_eq!(expanded(quote!(), item), expected.to_string());
    }

    #[test]
    fn arguments_and_attributes_expand() {
        let args = quote! {
            crate = crate::exit, termination_message = "/dev/termination-log", panic_abort = off, on_failure = code(3), timeout = "1s500ms",
            budget = "20s", grace = "10s", on_signal = reraise, signals = [INT, TERM]
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
            pub fn main() -> crate::exit::__private::ExitCode {
                #[cfg_attr(
                    not(test),
                    crate::exit::__private::linkme::distributed_slice(crate::exit::__private::SETTINGS),
                    linkme(crate = crate::exit::__private::linkme)
                )]
                static __EXITMACRO_SETTINGS: crate::exit::__private::Settings =
                    crate::exit::__private::Settings::new(crate::exit::__private::file!(), crate::exit::__private::line!())
                        .signals(&[crate::exit::__private::Signal::INT, crate::exit::__private::Signal::TERM])
                        .on_signal(crate::exit::__private::OnSignal::Reraise)
                        .grace(crate::exit::__private::Duration::new(10u64, 0u32))
                        .budget(crate::exit::__private::Duration::new(20u64, 0u32))
                        .timeout(crate::exit::__private::Duration::new(1u64, 500000000u32))
                        .on_failure(3i32)
                        .termination_message("/dev/termination-log");
                #[inline]
                fn main() -> Result<(), E> {
                    Ok(())
                }
                crate::exit::__private::main(&__EXITMACRO_SETTINGS, main)
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
            expand(quote!(), item(), Features::NONE)
                .to_string()
                .contains(&quote!(#written ::exitmacro::__private::main(&__EXITMACRO_SETTINGS, main)).to_string())
        );
        let expected = quote! {
            #[tokio::main]
            async fn main() -> ::exitmacro::__private::ExitCode {
                async fn main() -> Result<(), E> {
                    #![allow(unused)]
                    Ok(())
                }
                ::exitmacro::__private::main_async(main()).await
            }
            ::exitmacro::__private::main(&__EXITMACRO_SETTINGS, main)
        };
        let expansion = expanded(quote!(), item());
        assert!(expansion.contains(&expected.to_string()), "{expansion}");
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
        assert_eq!(errors(&expand(quote!(signals), main.clone(), Features::NONE).to_string()), 1);
        assert_eq!(errors(&expand(quote!(budget = "5s"), main, Features::NONE).to_string()), 0);
    }
}
