//! `#[derive(AtExitCleanup)]`: from the tokens of the type to its `impl`.

use crate::compiler::Compiler;
use crate::diagnostic::Problems;
use crate::features::Features;
use crate::item::cleanup::Input;
use crate::{emit, fallback, valid};
use proc_macro2::TokenStream;

pub(crate) fn expand(item: TokenStream, features: Features, compiler: &Compiler) -> TokenStream {
    let mut problems = Problems::default();
    let input = syn::parse2(item).and_then(|item| Input::read(item, &mut problems));
    match input {
        Ok(mut input) => {
            input.args.crate_path =
                input.args.keys.crate_path(input.args.crate_path, compiler, &mut problems);
            valid::check_type(&input, &mut problems);
            let checked = problems.none_or(());
            checked.map_or_else(
                |error| fallback::with_impl(&input, compiler, &error),
                |()| emit::cleanup::implementation(&input, features),
            )
        }
        Err(error) => error.to_compile_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expansions::{code, code_in, errors, squeezed};

    fn expanded(item: &str) -> String {
        squeezed(&expand(item.parse().unwrap(), Features::NONE, &Compiler::UNKNOWN))
    }

    /// The expansion of a derive that writes the `impl`.
    fn implemented(text: &str, crate_path: &str) -> String {
        code_in(&format!("const _: () = {{ $use {text} }};"), crate_path)
    }

    #[test]
    fn method_expands() {
        let item = "
            /// Connections.
            #[cleanup(with = close)]
            pub struct Pool {
                connections: Vec<Connection>,
            }";
        let expected = "
            #[automatically_derived]
            impl $p::AtExitCleanup for Pool {
                fn cleanup(&self) -> $p::Result<(), $p::CleanupError> {
                    $p::method($p::Ask::Cleanup, || { $p::call(Self::close, self) }).cleaned()
                }
            }";
        assert_eq!(expanded(item), implemented(expected, "::exitmacro"));
    }

    /// The part of the code that only the feature adds.
    fn with_the_feature(item: &str) -> String {
        squeezed(&expand(item.parse().unwrap(), Features::ALL, &Compiler::UNKNOWN))
    }

    #[test]
    fn method_may_be_async_with_the_feature() {
        let expansion = with_the_feature("#[cleanup(with = close)] struct Pool;");
        let expected = "
            fn is_async(&self) -> $p::bool {
                $p::method($p::Ask::IsAsync, || { $p::call(Self::close, self) }).is_async()
            }
            fn closing(&self) -> $p::Option<$p::Closing<'_>> {
                $p::method($p::Ask::Closing, || { $p::call(Self::close, self) }).closing()
            }";
        assert!(expansion.contains(&code(expected)), "{expansion}");
    }

    #[test]
    fn fields_may_be_async_with_the_feature() {
        let expansion =
            with_the_feature("enum Resource { Two(Pool, #[cleanup(skip)] u8, Cache), None }");
        let expected = "
            fn is_async(&self) -> $p::bool {
                match self {
                    Self::Two { 0: __exitmacro_field_0, 2: __exitmacro_field_1, .. } => {
                        $p::AtExitCleanup::is_async(&*__exitmacro_field_0)
                            || $p::AtExitCleanup::is_async(&*__exitmacro_field_1)
                    }
                    Self::None { .. } => false,
                }
            }
            fn closing(&self) -> $p::Option<$p::Closing<'_>> {
                if !{
                    match self {
                        Self::Two { 0: __exitmacro_field_0, 2: __exitmacro_field_1, .. } => {
                            $p::AtExitCleanup::is_async(&*__exitmacro_field_0)
                                || $p::AtExitCleanup::is_async(&*__exitmacro_field_1)
                        }
                        Self::None { .. } => false,
                    }
                } {
                    return $p::Option::None;
                }
                match self {
                    Self::Two { 0: __exitmacro_field_0, 2: __exitmacro_field_1, .. } => {
                        $p::closing_fields($p::vec![
                            (\"0\", $p::AtExitCleanup::closing_part(&*__exitmacro_field_0)),
                            (\"2\", $p::AtExitCleanup::closing_part(&*__exitmacro_field_1))
                        ])
                    }
                    Self::None { .. } => $p::Option::None,
                }
            }";
        assert!(expansion.contains(&code(expected)), "{expansion}");
        let nothing = with_the_feature("struct Nothing(#[cleanup(skip)] u8);");
        assert!(!nothing.contains("closing"), "{nothing}");
    }

    #[test]
    fn every_argument_expands() {
        let item = "
            #[cleanup(with = Self::close::<u8>, discard = abandon, priority = LOW + 1)]
            #[cleanup(timeout = \"1s500ms\", name = \"pool\", crate = crate::exit)]
            #[cleanup(after(stop), before(log::close, Log), concurrent)]
            struct Pool<'a, T: Copy = u8, const N: usize = 3>(&'a [T; N]) where T: Debug;";
        let expected = "
            #[automatically_derived]
            impl<'a, T: Copy, const N: usize> $p::AtExitCleanup for Pool<'a, T, { N }>
            where
                T: Debug,
                Self: $p::Send + $p::Sync
            {
                fn cleanup(&self) -> $p::Result<(), $p::CleanupError> {
                    $p::method($p::Ask::Cleanup, || {
                        $p::call(Self::close::<u8>, self)
                    }).cleaned()
                }
                fn discard(&self) {
                    $p::discarded({ $p::call(Self::abandon, self) })
                }
                fn options(&self) -> $p::CleanupOptions {
                    $p::CleanupOptions::new()
                        .name(\"pool\")
                        .priority({ LOW + 1 })
                        .timeout($p::Duration::new(1u64, 500000000u32))
                        .after(&[<stop as $p::Orderable>::KEY])
                        .before(&[
                            <log::close as $p::Orderable>::KEY,
                            <Log as $p::Orderable>::KEY
                        ])
                        .concurrent()
                }
            }";
        assert_eq!(expanded(item), implemented(expected, "crate::exit"));
    }

    #[test]
    fn fields_expand() {
        let item = "
            struct Server<T> {
                r#type: Vec<T>,
                #[cleanup(skip)]
                name: String,
                log: std::fs::File,
            }";
        let expected = "
            #[automatically_derived]
            impl<T> $p::AtExitCleanup for Server<T>
            where
                Vec<T>: $p::AtExitCleanup,
                Self: $p::Send + $p::Sync
            {
                fn cleanup(&self) -> $p::Result<(), $p::CleanupError> {
                    $p::close_fields(&[
                        (\"type\", &|| $p::AtExitCleanup::cleanup(&self.r#type)),
                        (\"log\", &|| $p::AtExitCleanup::cleanup(&self.log))
                    ])
                }
                fn discard(&self) {
                    $p::AtExitCleanup::discard(&self.r#type);
                    $p::AtExitCleanup::discard(&self.log);
                }
            }";
        assert_eq!(expanded(item), implemented(expected, "::exitmacro"));
    }

    #[test]
    fn variants_expand() {
        let item = "
            #[cleanup(priority = 5)]
            enum Resource<'a> where Self: 'a, {
                File(&'a File, #[cleanup(skip)] Path, File),
                Plain,
                Pool { pool: Pool },
                Left(#[cleanup(skip)] u8),
            }";
        let expected = "
            #[automatically_derived]
            impl<'a> $p::AtExitCleanup for Resource<'a> where Self: 'a {
                fn cleanup(&self) -> $p::Result<(), $p::CleanupError> {
                    match self {
                        Self::File { 0: __exitmacro_field_0, 2: __exitmacro_field_1, .. } => {
                            $p::close_fields(&[
                                (\"0\", &|| $p::AtExitCleanup::cleanup(&*__exitmacro_field_0)),
                                (\"2\", &|| $p::AtExitCleanup::cleanup(&*__exitmacro_field_1))
                            ])
                        }
                        Self::Pool { pool: __exitmacro_field_0, .. } => {
                            $p::close_fields(&[
                                (\"pool\", &|| $p::AtExitCleanup::cleanup(&*__exitmacro_field_0))
                            ])
                        }
                        Self::Plain { .. } | Self::Left { .. } => $p::Result::Ok(()),
                    }
                }
                fn discard(&self) {
                    match self {
                        Self::File { 0: __exitmacro_field_0, 2: __exitmacro_field_1, .. } => {
                            $p::AtExitCleanup::discard(&*__exitmacro_field_0);
                            $p::AtExitCleanup::discard(&*__exitmacro_field_1);
                        }
                        Self::Pool { pool: __exitmacro_field_0, .. } => {
                            $p::AtExitCleanup::discard(&*__exitmacro_field_0);
                        }
                        Self::Plain { .. } | Self::Left { .. } => (),
                    }
                }
                fn options(&self) -> $p::CleanupOptions {
                    $p::CleanupOptions::new().priority({ 5 })
                }
            }";
        assert_eq!(expanded(item), implemented(expected, "::exitmacro"));
    }

    #[test]
    fn types_without_fields_do_nothing() {
        let expected = implemented(
            "#[automatically_derived]
            impl $p::AtExitCleanup for Nothing {
                fn cleanup(&self) -> $p::Result<(), $p::CleanupError> {
                    $p::Result::Ok(())
                }
            }",
            "::exitmacro",
        );
        for item in [
            "struct Nothing;",
            "struct Nothing {}",
            "struct Nothing(#[cleanup(skip)] u8);",
            "enum Nothing {}",
            "enum Nothing { A, B(#[cleanup(skip)] u8) }",
        ] {
            assert_eq!(expanded(item), expected, "{item}");
        }
    }

    #[test]
    fn fields_are_cleaned_up_next_to_a_discard() {
        let expansion = expanded("#[cleanup(discard = pool::abandon)] struct Server(Pool);");
        let discard = code("fn discard(&self) { $p::discarded({ pool::abandon(self) }) }");
        assert!(expansion.contains(&discard), "{expansion}");
        assert!(expansion.contains("close_fields"));
    }

    #[test]
    fn trait_is_implemented_next_to_errors() {
        let expansion =
            expanded("#[cleanup(with = close, prio = 1)] union Pool<T> { #[cleanup(skip)] a: T }");
        let kept = implemented(
            "#[automatically_derived]
            impl<T> $p::AtExitCleanup for Pool<T>
            where
                Self: $p::Send + $p::Sync
            {
                fn cleanup(&self) -> $p::Result<(), $p::CleanupError> {
                    $p::Result::Ok(())
                }
            }",
            "::exitmacro",
        );
        assert!(expansion.starts_with(&kept), "{expansion}");
        assert_eq!(errors(&expansion), 2);
    }

    #[test]
    fn nothing_is_implemented_where_the_crate_is_not_known() {
        let expansion = expanded("#[cleanup(crate = \"exitmacro\")] struct Pool;");
        assert!(!expansion.contains("impl"), "{expansion}");
        assert_eq!(errors(&expansion), 1);
    }

    #[test]
    fn mistakes_on_type_and_fields_are_reported_together() {
        let item = "
            #[cleanup(prio = 1, with = close)]
            struct Pool(#[cleanup(skip)] u8, #[cleanup(with = close)] u8);";
        assert_eq!(errors(&expanded(item)), 3);
    }

    #[test]
    fn other_items_are_reported() {
        for item in ["fn close() {}", "5"] {
            let expansion = expanded(item);
            assert!(expansion.starts_with("::core::compile_error"), "{expansion}");
        }
    }
}
