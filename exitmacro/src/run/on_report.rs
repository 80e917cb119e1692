//! The receivers of the report of the whole run.

use crate::report::Report;
use crate::report::line::say;
use crate::run::execute::panic_text;
use crate::run::global::report_so_far;
use crate::run::within::{NotDone, within};
use crate::sys::{Attempt, SetOnce};
use crate::text::duration::Size;
use crate::times::REPORT_TIMEOUT;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Receiver = Box<dyn Fn(&Report) + Send + Sync>;

/// One receiver, and the one that was added after it.
struct Node {
    receiver: Receiver,
    /// Calls all receivers. A pointer, so that programs without one contain neither this nor what
    /// makes the report.
    deliver: fn(),
    next: SetOnce<&'static Node>,
}

/// A chain without a lock, so that a forked child finds it whole.
static FIRST: SetOnce<&'static Node> = SetOnce::new();

/// Calls `receiver` with the report of the whole run, once, after the last handler. All receivers
/// are called, in the order in which they were added. A program without handlers has no run, and no
/// report.
///
/// The receivers together have a second; the end of the process does not wait any longer, and a
/// line on stderr says so. Handlers that they register still run, and are not in the report. For
/// what has ended by the time of a handler see [`ExitContext::report`](crate::ExitContext::report).
///
/// # Threads
///
/// Receivers are called on a thread that is started for them, where `tracing` and other
/// thread-locals work. Standard output is flushed after them.
///
/// # Panics
///
/// This function does not panic. A receiver that panics is reported on stderr, and the others are
/// called; with `panic = "abort"` it ends the process.
///
/// ```
/// exitmacro::on_report(|report| eprintln!("{}", report.totals()));
/// ```
pub fn on_report(receiver: impl Fn(&Report) + Send + Sync + 'static) {
    // Kept as long as the process, as handlers are.
    let node: &'static Node = Box::leak(Box::new(Node {
        receiver: Box::new(receiver),
        deliver: deliver_now,
        next: SetOnce::new(),
    }));
    let mut place = &FIRST;
    loop {
        match place.set(node) {
            Attempt::Set => return,
            Attempt::WasSet | Attempt::Underway => {}
        }
        match place.get() {
            Some(taken) => place = &taken.next,
            None => crate::sys::yield_now(),
        }
    }
}

pub(super) fn is_wanted() -> bool {
    FIRST.get().is_some()
}

/// Calls the receivers, and waits for them no longer than they may take.
pub(super) fn deliver() {
    if let Some(first) = FIRST.get() {
        (first.deliver)();
    }
}

fn deliver_now() {
    let report = report_so_far();
    match within(REPORT_TIMEOUT, "exitmacro-report", move || call_all(&report)) {
        Ok(()) => {}
        Err(NotDone::NoThread(error)) => {
            say(format_args!("no thread could be started ({error}): the report is not delivered"))
        }
        Err(NotDone::Late) => say(format_args!(
            "the receivers of the report did not return within {}",
            Size(REPORT_TIMEOUT)
        )),
    }
}

fn call_all(report: &Report) {
    let mut place = &FIRST;
    while let Some(node) = place.get() {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| (node.receiver)(report))) {
            say(format_args!("a receiver of the report panicked: {}", panic_text(&*payload)));
            // Not dropped: it could panic in turn.
            core::mem::forget(payload);
        }
        place = &node.next;
    }
}
