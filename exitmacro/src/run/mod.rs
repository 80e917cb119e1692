//! The run: executes the handlers of the process once, and collects a report.
//!
//! Every code path that ends the process (the hook of libc, `exitmacro::exit`, a signal, the end of
//! `main`) calls [`enter()`] with its [`Trigger`]. The first thread starts the run. Every other
//! thread waits until the run has finished, stops for good, or learns that it is inside a handler.
//!
//! Two kinds of threads take part. A *runner* takes one handler after the other and calls it; there
//! are several runners only if handlers are concurrent. The *supervisor*, mostly the thread that
//! started the run, sleeps until the nearest deadline. It abandons a handler whose time has
//! expired, and replaces the runner that the handler blocks. A handler that asks for the exiting
//! thread is handed over to it, and the runner supervises meanwhile.
//!
//! One call of a handler is an *invocation*; its number tells a late handler that it was abandoned.
//! A *lease* lets a runner execute several simple handlers without the lock of the run.
//!
//! One mutex, `RUN`, guards the state; threads wait for changes on the condition variable
//! `CHANGED`. Lock order: `RUN` before the table of handlers. No lock is held while a handler runs,
//! while a value of the user is dropped, or while a line is printed.
//!
//! - [`enter`](mod@enter), [`trigger`], [`ending`](mod@ending), [`exiting`]: how threads come to
//!   the run, and which thread ends the process.
//! - [`invocation`], [`active`], [`runners`], [`stopped`], [`log`]: what the state consists of.
//! - [`state`], [`next`], [`limit`], [`settle`], [`lease`], [`departure`], [`deadlines`],
//!   [`exit_status`]: the state machine. It uses no lock, no thread and no clock.
//! - [`global`], [`drive`], [`advance`], [`supervision`], [`series`], [`runner_end`]: the threads
//!   that use it.
//!
//! The hook of libc runs when the thread-locals of the exiting thread are already destroyed. So
//! nothing here needs a thread-local, except on threads that the run has started.

mod active;
mod advance;
pub(crate) mod children_left;
mod deadlines;
mod departure;
#[cfg(windows)]
mod detached;
mod drive;
mod end_time;
mod ending;
mod enter;
#[cfg(events)]
mod events;
mod execute;
#[cfg(feature = "async")]
mod executor;
mod exit_status;
mod exiting;
mod file;
mod filter;
#[cfg(feature = "signals")]
pub(crate) mod forced;
mod forecast;
mod foreign;
mod forked_runner;
#[cfg(feature = "async")]
mod future;
mod global;
mod invocation;
mod invoke;
mod lane;
mod lane_state;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod late_end;
mod lease;
mod limit;
mod log;
mod looks;
pub(crate) mod main_error;
mod next;
mod no_return;
mod on_report;
mod park_watch;
#[cfg(feature = "picture")]
mod picture_file;
mod plan;
mod report_so_far;
#[cfg(feature = "log")]
pub(crate) mod report_to_log;
#[cfg(feature = "tracing")]
pub(crate) mod report_to_tracing;
#[cfg(events)]
mod reporting;
mod runner_end;
mod runners;
mod runtime_context;
#[cfg(events)]
mod sending;
mod series;
mod settle;
mod skip;
#[cfg(stacks)]
mod stack;
mod state;
mod status;
mod step;
mod stopped;
mod supervision;
#[cfg(all(feature = "sd-notify", unix))]
mod systemd;
pub(crate) mod termination_message;
mod terms;
#[cfg(feature = "tokio")]
pub(crate) mod tokio_runtime;
mod trace;
mod trigger;
#[cfg(feature = "resources")]
mod verdict;

#[cfg(windows)]
pub(crate) use detached::run_the_rest;
pub(crate) use end_time::latest_end;
#[cfg(feature = "async")]
pub(crate) use ending::renounce_exit;
pub(crate) use ending::{
    Ending, Need, Waiter, end_grace, ending, ending_inside_exit, has_ended, is_ending,
    is_hook_done, leave_with, may_begin, need, seen, stop_if_abandoned, wait_until_ending,
};
pub(crate) use enter::{Entry, enter};
#[cfg(feature = "resources")]
pub(crate) use execute::is_panicking;
pub(crate) use execute::{ExitRequest, panic_text};
pub(crate) use filter::{matches_any, next_unmatched};
#[cfg(feature = "async")]
pub use future::driven;
#[cfg(feature = "async")]
pub(crate) use future::{driven_by, driven_until};
pub(crate) use global::{adopt, is_finished, report_so_far};
pub(crate) use lane::have_lanes;
pub(crate) use looks::Looks;
pub(crate) use no_return::{Diverged, ask_for_exit, leave_by_exit, leave_by_panic};
pub use on_report::on_report;
pub(crate) use plan::plan;
#[cfg(events)]
pub use sending::report_to_stderr;
pub(crate) use state::Run;
#[cfg(feature = "signals")]
pub(crate) use status::{FORCE, ForceHint};
pub(crate) use stopped::Stopped;
pub(crate) use trigger::{Asked, Trigger};
#[cfg(feature = "resources")]
pub(crate) use verdict::{Verdict, verdict};
