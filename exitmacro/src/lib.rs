// The first program of the README asks for signals.
#![cfg_attr(any(feature = "signals", not(doctest)), doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod awaited;
mod borrows;
mod config;
mod engine;
mod environment;
mod error;
mod fork;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod handler;
mod inherited;
mod one_shot;
mod order;
#[cfg(feature = "picture")]
mod picture;
mod plan;
mod process;
mod register;
mod registry;
mod report;
// Also when it is empty, so that rustc can tell which feature an item needs.
pub mod resource;
mod run;
#[cfg(feature = "serde")]
mod serialize;
mod sys;
mod text;
mod threads;
mod timed_work;
mod times;
#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/beside-python.md")]
pub mod beside_python {}
#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/coming-from.md")]
pub mod coming_from {}
// Its links name items of these features.
#[cfg(any(doc, doctest))]
#[cfg_attr(
    not(all(
        feature = "async",
        feature = "log",
        feature = "picture",
        feature = "rayon",
        feature = "signals",
        feature = "tokio",
    )),
    allow(rustdoc::broken_intra_doc_links)
)]
pub mod guide;
#[cfg(any(doc, doctest))]
#[doc = include_str!("../docs/why-not-run.md")]
pub mod why_not_run {}

/// For programs with a pool of rayon.
#[cfg(feature = "rayon")]
pub mod rayon {
    pub use crate::resource::rayon_pool::JoinedPool;
}

/// For programs with a tokio runtime. The guide: [async handlers](crate::guide::async_handlers).
#[cfg(feature = "tokio")]
pub mod tokio {
    pub use crate::process::runtime::{ToHandle, use_runtime};
}

pub use config::declared::OnSignal;
pub use error::{AdoptError, CellError, RegisterError, TryInitError};
#[doc = include_str!("../docs/cleanup.md")]
pub use exitmacro_derive::AtExitCleanup;
#[doc = include_str!("../docs/at-exit.md")]
#[doc(alias("atexit", "on_exit", "teardown", "finalizer", "destructor", "shutdown hook"))]
pub use exitmacro_derive::at_exit;
#[doc = include_str!("../docs/config.md")]
pub use exitmacro_derive::config;
#[doc = include_str!("../docs/main.md")]
#[doc(alias("graceful", "sigterm", "ctrlc"))]
pub use exitmacro_derive::main;
pub use handler::context::{ExitContext, ExitReason};
pub use handler::id::HandlerId;
pub use handler::priority;
pub use handler::signal::Signal;
pub use handler::{HandlerFn, HandlerResult, Location, Orderable, Source, When};
pub use order::cycle::Cycle;
pub use plan::explanation::Explanation;
pub use plan::fits::DoesNotFit;
pub use plan::{Plan, PlannedHandler};
pub use process::exit::{exit, run};
pub use process::fork::adopt;
pub use process::hook::arm;
#[cfg(feature = "async")]
pub use process::main_async::run_async;
pub use process::plan::plan;
pub use process::shutdown;
#[cfg(feature = "signals")]
pub use process::signals;
pub use process::watch::{Watch, WatchedThread, watch, watched};
#[cfg(feature = "tokio")]
pub use process::watch_task::WatchedTask;
pub use register::{Handler, register, unregister};
pub use registry::Unregistered;
pub use report::totals::Totals;
pub use report::{HandlerReport, HandlerThread, Limit, Outcome, Report, SkipReason};
pub use resource::cell::AtExitCell;
pub use resource::cell_guard::CellGuard;
pub use resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions, CleanupResult};
pub use resource::guard::{Guard, guard, on_success, on_unwind};
pub use resource::in_mutex::InMutex;
pub use resource::tracked::{Tracked, track};
pub use resource::value_guard::{LockedValue, ValueGuard, guard_value};
pub use run::on_report;
#[cfg(any(feature = "tracing", feature = "log"))]
pub use run::report_to_stderr;
