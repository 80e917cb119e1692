//! `#[derive(AtExitCleanup)]`: from the tokens of the type to the `impl` beside it.

use crate::compiler::Compiler;
use crate::diagnostic::Problems;
use crate::item::cleanup::Input;
use crate::{emit, fallback, valid};
use proc_macro2::TokenStream;

pub(crate) fn expand(item: TokenStream, compiler: &Compiler) -> TokenStream {
    let mut problems = Problems::default();
    let input = syn::parse2(item).and_then(|item| Input::read(item, &mut problems));
    match input {
        Ok(mut input) => {
            input.args.runtime =
                input.args.keys.runtime(input.args.runtime, compiler, &mut problems);
            valid::check_type(&input, &mut problems);
            let checked = problems.none_or(());
            checked.map_or_else(
                |error| fallback::implemented(&input, &error),
                |()| emit::cleanup::implementation(&input),
            )
        }
        Err(error) => error.to_compile_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    /// As text, to compare; code that is written with `quote!` gets the same spaces.
    fn expanded(item: TokenStream) -> String {
        expand(item, &Compiler::SILENT).to_string()
    }

    fn errors(expansion: &str) -> usize {
        expansion.matches("compile_error").count()
    }

    #[test]
    fn method_expands() {
        let item = quote! {
            /// Connections.
            #[cleanup(with = close)]
            pub struct Pool {
                connections: Vec<Connection>,
            }
        };
        let expected = quote! {
            #[automatically_derived]
            impl ::exitmacro::__private::AtExitCleanup for Pool {
                fn cleanup(&self) -> ::exitmacro::__private::Result<(), ::exitmacro::__private::CleanupError> {
                    ::exitmacro::__private::cleaned({ Self::close(::exitmacro::__private::shared(self)) })
                }
            }
        };
        assert_eq!(expanded(item), expected.to_string());
    }

    #[test]
    fn every_argument_expands() {
        let item = quote! {
            #[cleanup(with = Self::close::<u8>, discard = abandon, priority = LOW + 1, timeout = "1s500ms", name = "pool", crate = crate::exit)]
            #[cleanup(after(stop), before(log::close, Log), concurrent)]
            struct Pool<'a, T: Copy = u8, const N: usize = 3>(&'a [T; N]) where T: Debug;
        };
        let expected = quote! {
            #[automatically_derived]
            impl<'a, T: Copy, const N: usize> crate::exit::__private::AtExitCleanup for Pool<'a, T, N>
            where
                T: Debug,
                Self: crate::exit::__private::Send + crate::exit::__private::Sync
            {
                fn cleanup(&self) -> crate::exit::__private::Result<(), crate::exit::__private::CleanupError> {
                    crate::exit::__private::cleaned({ Self::close::<u8>(crate::exit::__private::shared(self)) })
                }
                fn discard(&self) {
                    crate::exit::__private::discarded({ Self::abandon(crate::exit::__private::shared(self)) })
                }
                fn options(&self) -> crate::exit::__private::CleanupOptions {
                    crate::exit::__private::CleanupOptions::new()
                        .name("pool")
                        .priority({ LOW + 1 })
                        .timeout(crate::exit::__private::Duration::new(1u64, 500000000u32))
                        .after(&[<stop as crate::exit::__private::Orderable>::KEY])
                        .before(&[<log::close as crate::exit::__private::Orderable>::KEY, <Log as crate::exit::__private::Orderable>::KEY])
                        .concurrent()
                }
            }
        };
        assert_eq!(expanded(item), expected.to_string());
    }

    #[test]
    fn fields_expand() {
        let item = quote! {
            struct Server<T> {
                r#type: Vec<T>,
                #[cleanup(skip)]
                name: String,
                log: std::fs::File,
            }
        };
        let expected = quote! {
            #[automatically_derived]
            impl<T> ::exitmacro::__private::AtExitCleanup for Server<T>
            where
                Vec<T>: ::exitmacro::__private::AtExitCleanup,
                Self: ::exitmacro::__private::Send + ::exitmacro::__private::Sync
            {
                fn cleanup(&self) -> ::exitmacro::__private::Result<(), ::exitmacro::__private::CleanupError> {
                    ::exitmacro::__private::close_fields(&[
                        ("type", &|| ::exitmacro::__private::AtExitCleanup::cleanup(&self.r#type)),
                        ("log", &|| ::exitmacro::__private::AtExitCleanup::cleanup(&self.log))
                    ])
                }
                fn discard(&self) {
                    ::exitmacro::__private::AtExitCleanup::discard(&self.r#type);
                    ::exitmacro::__private::AtExitCleanup::discard(&self.log);
                }
            }
        };
        assert_eq!(expanded(item), expected.to_string());
    }

    #[test]
    fn variants_expand() {
        let item = quote! {
            #[cleanup(priority = 5)]
            enum Resource<'a> where Self: 'a, {
                File(&'a File, #[cleanup(skip)] Path, File),
                Plain,
                Pool { pool: Pool },
                Left(#[cleanup(skip)] u8),
            }
        };
        let expected = quote! {
            #[automatically_derived]
            impl<'a> ::exitmacro::__private::AtExitCleanup for Resource<'a> where Self: 'a {
                fn cleanup(&self) -> ::exitmacro::__private::Result<(), ::exitmacro::__private::CleanupError> {
                    match self {
                        Self::File { 0: __exitmacro_field_0, 2: __exitmacro_field_1, .. } => { ::exitmacro::__private::close_fields(&[
                            ("0", &|| ::exitmacro::__private::AtExitCleanup::cleanup(&*__exitmacro_field_0)),
                            ("2", &|| ::exitmacro::__private::AtExitCleanup::cleanup(&*__exitmacro_field_1))
                        ]) }
                        Self::Pool { pool: __exitmacro_field_0, .. } => { ::exitmacro::__private::close_fields(&[
                            ("pool", &|| ::exitmacro::__private::AtExitCleanup::cleanup(&*__exitmacro_field_0))
                        ]) }
                        Self::Plain { .. } | Self::Left { .. } => ::exitmacro::__private::Result::Ok(()),
                    }
                }
                fn discard(&self) {
                    match self {
                        Self::File { 0: __exitmacro_field_0, 2: __exitmacro_field_1, .. } => {
                            ::exitmacro::__private::AtExitCleanup::discard(&*__exitmacro_field_0);
                            ::exitmacro::__private::AtExitCleanup::discard(&*__exitmacro_field_1);
                        }
                        Self::Pool { pool: __exitmacro_field_0, .. } => {
                            ::exitmacro::__private::AtExitCleanup::discard(&*__exitmacro_field_0);
                        }
                        Self::Plain { .. } | Self::Left { .. } => (),
                    }
                }
                fn options(&self) -> ::exitmacro::__private::CleanupOptions {
                    ::exitmacro::__private::CleanupOptions::new()
                        .priority({ 5 })
                }
            }
        };
        assert_eq!(expanded(item), expected.to_string());
    }

    #[test]
    fn types_without_fields_do_nothing() {
        for body in [
            quote!(
                struct Nothing;
            ),
            quote!(
                struct Nothing {}
            ),
            quote!(
                struct Nothing(#[cleanup(skip)] u8);
            ),
            quote!(
                enum Nothing {}
            ),
            quote!(
                enum Nothing {
                    A,
                    B(#[cleanup(skip)] u8),
                }
            ),
        ] {
            let expected = quote! {
                #[automatically_derived]
                impl ::exitmacro::__private::AtExitCleanup for Nothing {
                    fn cleanup(&self) -> ::exitmacro::__private::Result<(), ::exitmacro::__private::CleanupError> {
                        ::exitmacro::__private::Result::Ok(())
                    }
                }
            };
            assert_eq!(expanded(body), expected.to_string());
        }
    }

    #[test]
    fn fields_are_cleaned_up_next_to_a_discard() {
        let expansion = expanded(quote!(
            #[cleanup(discard = pool::abandon)]
            struct Server(Pool);
        ));
        assert!(
            expansion.contains(
                &quote!(
                    fn discard(&self) {
                        ::exitmacro::__private::discarded({ pool::abandon(self) })
                    }
                )
                .to_string()
            ),
            "{expansion}"
        );
        assert!(expansion.contains("close_fields"));
    }

    #[test]
    fn trait_is_implemented_next_to_errors() {
        let expansion = expanded(
            quote!(#[cleanup(with = close, prio = 1)] union Pool<T> { #[cleanup(skip)] a: T }),
        );
        let kept = quote! {
            #[automatically_derived]
            impl<T> ::exitmacro::__private::AtExitCleanup for Pool<T>
            where
                Self: ::exitmacro::__private::Send + ::exitmacro::__private::Sync
            {
                fn cleanup(&self) -> ::exitmacro::__private::Result<(), ::exitmacro::__private::CleanupError> {
                    ::exitmacro::__private::Result::Ok(())
                }
            }
        };
        assert!(expansion.starts_with(&kept.to_string()), "{expansion}");
        assert_eq!(errors(&expansion), 2);
    }

    #[test]
    fn nothing_is_implemented_without_a_runtime() {
        let expansion = expanded(quote!(
            #[cleanup(crate = "exitmacro")]
            struct Pool;
        ));
        assert!(!expansion.contains("impl"), "{expansion}");
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn mistakes_on_type_and_fields_are_reported_together() {
        let item = quote!(
            #[cleanup(prio = 1, with = close)]
            struct Pool(#[cleanup(skip)] u8, #[cleanup(with = close)] u8);
        );
        assert_eq!(errors(&expanded(item)), 3);
    }

    #[test]
    fn other_items_are_reported() {
        for item in [
            quote!(
                fn close() {}
            ),
            quote!(5),
        ] {
            let expansion = expanded(item);
            assert!(expansion.starts_with(":: core :: compile_error"), "{expansion}");
        }
    }
}
