//! Exactly the names that generated code writes. Not public API: they change without notice, and
//! the macros come from a crate of exactly this version.

/// Not public API.
pub use crate::handler::declared::{Declared, HANDLERS, Run, Runs};
/// Not public API.
pub use crate::handler::edge::{Key, Orderable};
/// Not public API.
pub use crate::handler::signal::Signal;
/// Not public API.
pub use crate::handler::{When, returned};
/// Not public API.
pub use crate::plan::check::assert_plan;
/// Not public API.
pub use crate::process::main_fn::{main, reported};
/// Not public API.
#[cfg(feature = "async")]
pub use crate::process::main_future::main_async;
/// Not public API.
pub use crate::process::main_value::Look;
/// Not public API.
pub use crate::process::settings::{DEFAULT_SIGNALS, OnSignal, SETTINGS, Settings};
/// Not public API.
pub use crate::resource::cleanup::{
    AtExitCleanup, CleanupError, CleanupOptions, DiscardResult, SharedSelf, cleaned, discarded,
    shared,
};
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
