//! Exactly the names that generated code writes. Not public API: they change without notice, and
//! the macros come from a crate of exactly this version.

pub use crate::__element as element;
pub use crate::__settings as settings;
pub use crate::config::declared::DEFAULT_SIGNALS;
pub use crate::config::declared::OnSignal;
pub use crate::config::declared::Settings;
pub use crate::handler::Returned;
pub use crate::handler::When;
pub use crate::handler::context::ExitContext;
pub use crate::handler::declared::Declared;
pub use crate::handler::declared::HANDLERS;
pub use crate::handler::declared::Run;
pub use crate::handler::declared::Runs;
pub use crate::handler::edge::DynElement;
pub use crate::handler::edge::Orderable;
pub use crate::handler::returned;
pub use crate::handler::signal::Signal;
pub use crate::plan::assert::assert_plan;
#[cfg(feature = "async")]
pub use crate::process::main_async::main_async;
pub use crate::process::main_fn::main;
pub use crate::process::main_fn::reported;
pub use crate::process::main_value::Look;
pub use crate::process::start::Configuration;
pub use crate::resource::cleanup::Ask;
pub use crate::resource::cleanup::AtExitCleanup;
pub use crate::resource::cleanup::CleanupError;
pub use crate::resource::cleanup::CleanupOptions;
#[cfg(feature = "async")]
pub use crate::resource::cleanup::Closing;
pub use crate::resource::cleanup::DiscardResult;
pub use crate::resource::cleanup::Method;
pub use crate::resource::cleanup::SharedSelf;
pub use crate::resource::cleanup::call;
pub use crate::resource::cleanup::discarded;
pub use crate::resource::cleanup::method;
pub use crate::resource::parts::close_fields;
#[cfg(feature = "async")]
pub use crate::resource::parts_async::closing_fields;
#[cfg(feature = "async")]
pub use crate::run::driven;
pub use crate::sys::list;
#[cfg(target_os = "wasi")]
pub use crate::sys::wasi::elements as linkme;
pub use core::marker::{Send, Sync};
#[cfg(feature = "async")]
pub use core::option::Option;
#[cfg(feature = "async")]
pub use core::primitive::bool;
pub use core::result::Result;
pub use core::time::Duration;
pub use core::{column, concat, file, line, module_path};
pub use exitmacro_derive::Runs;
#[cfg(not(target_os = "wasi"))]
pub use linkme;
#[cfg(feature = "async")]
pub use std::vec;

/// The reference to a new element of a table that linkme collects from all crates.
///
/// The attribute of linkme stands here, and not in generated code: where the path to this crate is
/// wrong, rustc would report that attribute, too.
#[doc(hidden)]
#[macro_export]
macro_rules! __element {
    ($table:ident: $type:ident = $($value:tt)*) => {{
        #[$crate::__private::linkme::distributed_slice($crate::__private::$table)]
        #[linkme(crate = $crate::__private::linkme)]
        static __EXITMACRO_ELEMENT: $crate::__private::$type = $($value)*;
        &__EXITMACRO_ELEMENT
    }};
}

/// The settings of a `config!`, which a constructor puts on the list.
#[doc(hidden)]
#[macro_export]
macro_rules! __settings {
    ($($value:tt)*) => {
        #[$crate::__private::list::constructed($crate::__private::Configuration)]
        #[linkme(crate = $crate::__private::list)]
        static __EXITMACRO_SETTINGS: $crate::__private::Settings = $($value)*;
    };
}
