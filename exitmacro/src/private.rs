//! Exactly the names that generated code writes. Not public API: they change without notice, and
//! the macros come from a crate of exactly this version.

/// Not public API.
pub use crate::config::declared::DEFAULT_SIGNALS;
pub use crate::config::declared::OnSignal;
pub use crate::config::declared::SETTINGS;
pub use crate::config::declared::Settings;
/// Not public API.
pub use crate::handler::When;
/// Not public API.
pub use crate::handler::declared::Declared;
pub use crate::handler::declared::HANDLERS;
pub use crate::handler::declared::Run;
pub use crate::handler::declared::Runs;
/// Not public API.
pub use crate::handler::edge::Key;
pub use crate::handler::edge::Orderable;
pub use crate::handler::returned;
/// Not public API.
pub use crate::handler::signal::Signal;
/// Not public API.
pub use crate::plan::assert::assert_plan;
/// Not public API.
#[cfg(feature = "async")]
pub use crate::process::main_async::main_async;
/// Not public API.
pub use crate::process::main_fn::main;
pub use crate::process::main_fn::reported;
/// Not public API.
pub use crate::process::main_value::Look;
/// Not public API.
pub use crate::resource::cleanup::AtExitCleanup;
pub use crate::resource::cleanup::CleanupError;
pub use crate::resource::cleanup::CleanupOptions;
pub use crate::resource::cleanup::DiscardResult;
pub use crate::resource::cleanup::SharedSelf;
pub use crate::resource::cleanup::cleaned;
pub use crate::resource::cleanup::discarded;
pub use crate::resource::cleanup::shared;
/// Not public API.
pub use crate::resource::parts::close_fields;
/// Not public API.
#[cfg(feature = "async")]
pub use crate::run::driven;
/// Not public API.
pub use core::marker::{Send, Sync};
/// Not public API.
/// Not public API.
pub use core::result::Result;
/// Not public API.
pub use core::time::Duration;
/// Not public API.
pub use core::{column, concat, file, line, module_path};
/// Not public API.
pub use exitmacro_derive::Runs;
/// Not public API.
pub use linkme;
/// Not public API.
pub use std::process::ExitCode;
