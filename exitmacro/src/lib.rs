#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod columns;
mod engine;
mod environment;
mod error;
mod forks;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod handler;
mod plan;
mod process;
// Also when it is empty, so that rustc can tell which feature an item needs.
pub mod resource;
mod run;
mod sys;
mod threads;

pub use error::{AdoptError, CellError, RegisterError, TryInitError};
pub use exitmacro_derive::{AtExitCleanup, at_exit, config, main};
pub use handler::context::{ExitContext, ExitReason};
pub use handler::priority;
pub use handler::registered::{HandlerId, Unregistered, register, unregister};
pub use handler::signal::Signal;
pub use handler::{Handler, HandlerFn, HandlerResult, Location, Orderable, Source, When};
pub use plan::{Cycle, Plan, PlannedHandler};
pub use process::exit::{exit, run};
pub use process::fork::adopt;
pub use process::hook::arm;
#[cfg(feature = "async")]
pub use process::main_future::run_async;
pub use process::settings::OnSignal;
pub use process::shutdown;
#[cfg(feature = "signals")]
pub use process::signals;
pub use process::stock::plan;
pub use resource::cell::{AtExitCell, CellGuard};
pub use resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions, CleanupResult};
pub use resource::guard::{Guard, guard};
pub use resource::std_impls::InMutex;
pub use resource::tracked::{Tracked, track};
pub use run::report::{HandlerReport, HandlerThread, Limit, Outcome, Report, SkipReason};
