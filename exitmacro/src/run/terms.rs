//! What started the run, and what its threads are told of that.

use crate::config::Config;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::run::active::Worker;

/// What started the run, and its configuration.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) reason: ExitReason,
    pub(super) config: Config,
    pub(super) caller: Worker,
    /// No thread supervises: the caller executes all handlers itself.
    pub(super) inline: bool,
    /// A panic aborts the process when the run has finished.
    pub(super) aborts: bool,
    /// A future waits for the end of the run, and becomes ready when the caller returns. So the
    /// caller must not hang in a handler: the runner executes all of them.
    pub(super) awaited: bool,
    /// Read while a plan is made, which may take long.
    pub(super) clock: fn() -> Moment,
}

/// What a thread is executing. Without the rest of the terms, which would stand several times on
/// what may be a very small stack.
#[derive(Clone, Copy)]
pub(super) struct Executed {
    /// Of the invocation.
    pub(super) number: u64,
    pub(super) worker: Worker,
    /// See [`Terms::inline`].
    pub(super) inline: bool,
    /// See [`Terms::aborts`].
    pub(super) aborts: bool,
}
