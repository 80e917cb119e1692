//! What the end of the process calls in a program that handles signals or requests its end with a
//! status. Pointers, so that other programs do not contain it.

#[cfg(feature = "signals")]
use crate::handler::context::ExitReason;
use crate::inherited::request::Request;
use crate::run::Asked;
use crate::sys;

/// The functions.
pub(super) struct AskedCalls {
    /// What asked for the end of the process.
    pub(super) asked: fn() -> Option<Asked>,
    /// Waits for the work that the program announces, when `main` has ended, by a return or a
    /// panic.
    pub(super) await_work: fn(Asked),
    /// Runs the handlers and ends the process with this status, as it was asked to. Calls the
    /// function in between, or when the calling thread stops.
    pub(super) finish: fn(Asked, i32, &mut dyn FnMut()) -> !,
    /// Called by the hook when it has no handlers to run. The argument says whether the process
    /// ends with a success that may be the return of a plain `main`.
    pub(super) nothing_ran: fn(bool),
    /// Ends the process by the signal that the run took place for, if that is the policy; the
    /// argument is the status after the run.
    #[cfg(feature = "signals")]
    pub(super) die_by_policy: fn(ExitReason, Option<i32>),
    /// The same without a flush, where the process ends at once.
    #[cfg(feature = "signals")]
    pub(super) die_at_once: fn(ExitReason, Option<i32>),
}

/// Set by [`set`].
static ASKED_CALLS: sys::StaticRef<AskedCalls> = sys::StaticRef::new();

pub(super) fn set(calls: &'static AskedCalls) {
    // A second value is the same.
    ASKED_CALLS.set(calls);
}

/// What asked this process to end, if anything did, for a thread that ends the process. If nothing
/// did, no later request counts.
pub(super) fn asked_at_end() -> Option<Asked> {
    Request::close();
    (asked_calls()?.asked)()
}

pub(super) fn asked_calls() -> Option<&'static AskedCalls> {
    ASKED_CALLS.get()
}
