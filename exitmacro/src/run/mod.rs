//! The run: a plan goes in, a report comes out, once per process.
//!
//! This file is the gate. Every way in (the hook, [`exit`](crate::process::exit::exit),
//! [`run`](crate::process::exit::run)) calls [`enter`], which lets one thread through and tells the
//! others what they are: late, inside a handler, or abandoned.
//!
//! The handlers execute on a runner thread, one after the other; on several where they ask for
//! that. The thread that came through the gate supervises: it sleeps until the nearest deadline.
//! One lock, [`RUN`], guards the state; a condition, [`CHANGED`], tells everybody who waits. Lock
//! order: `RUN` before the table of handlers. No lock is held while a handler runs, while a value
//! of the user drops, or while something is printed.
//!
//! Thread-locals of the exiting thread are already destroyed when the hook runs, so nothing here
//! uses any, except on threads that were just started.

mod active;
mod deadlines;
mod departure;
mod drive;
mod ending;
mod enter;
mod execute;
#[cfg(feature = "async")]
mod executor;
mod exiting;
mod filter;
#[cfg(feature = "signals")]
pub(crate) mod forced;
mod forecast;
#[cfg(feature = "async")]
mod future;
mod global;
mod invocation;
mod lease;
mod log;
mod looks;
pub(crate) mod main_error;
mod next;
mod no_return;
mod park_watch;
mod plan;
mod runner_end;
mod runners;
mod series;
mod settle;
mod state;
mod status;
mod stopped;
mod supervision;
#[cfg(all(feature = "sd-notify", unix))]
mod systemd;
pub(crate) mod termination_message;
#[cfg(feature = "tokio")]
pub(crate) mod tokio_runtime;
mod trace;
mod trigger;

#[cfg(feature = "async")]
pub(crate) use ending::renounce_exit;
#[cfg(feature = "signals")]
pub(crate) use ending::wait_until_ending;
pub(crate) use ending::{
    Need, ending, ending_inside_exit, has_ended, has_passed, hold, leave_with, need, seen,
};
pub(crate) use enter::{Entry, enter};
pub(crate) use execute::{ExitRequest, panic_text};
#[cfg(fuzzing)]
pub(crate) use filter::{is_asked_for, next_unmatched};
#[cfg(feature = "async")]
pub use future::driven;
pub(crate) use global::{adopt, is_finished, report_so_far};
pub(crate) use looks::Looks;
pub(crate) use no_return::{Diverged, ask_for_exit, leave_by_exit, leave_by_panic};
pub(crate) use plan::plan;
pub(crate) use state::Run;
#[cfg(feature = "signals")]
pub(crate) use status::{FORCE, ForceHint};
pub(crate) use stopped::Stopped;
pub(crate) use trigger::{Asked, Trigger};
