//! How a process ends: by `exit`, a signal, a panic, the end of `main`, the hook of libc. Each file
//! calls the run for one of these.

mod asked;
mod asked_calls;
mod background;
mod conclude;
pub(crate) mod engine;
mod entry;
pub(crate) mod exit;
mod explain;
pub(crate) mod fork;
pub(crate) mod hook;
mod in_flight;
#[cfg(feature = "signals")]
mod install_error;
#[cfg(libc_passes_status)]
mod list_end;
#[cfg(feature = "async")]
pub(crate) mod main_async;
pub(crate) mod main_fn;
mod main_text;
pub(crate) mod main_value;
mod panic;
pub(crate) mod plan;
#[cfg(feature = "signals")]
mod repeats;
mod request_with;
#[cfg(feature = "tokio")]
pub(crate) mod runtime;
pub mod shutdown;
#[cfg(feature = "signals")]
mod signal_calls;
#[cfg(feature = "signals")]
mod signal_end;
#[cfg(feature = "signals")]
mod signal_handler;
#[cfg(feature = "signals")]
mod signal_policy;
#[cfg(feature = "signals")]
pub mod signals;
#[cfg(feature = "signals")]
mod signals_in_words;
pub(crate) mod start;
pub(crate) mod watch;
#[cfg(feature = "tokio")]
pub(crate) mod watch_task;
