//! The receivers of the report of the whole run.

use crate::fork::{generation, ownership};
use crate::report::Report;
use crate::report::line::say;
use crate::run::execute::panic_text;
use crate::run::global::whole_report;
use crate::sys::{self, StaticRef};
use crate::text::duration::Size;
use crate::timed_work::{self, NotDone};
use crate::times::REPORT_TIMEOUT;
use core::iter;
use core::panic::Location;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Receiver = Box<dyn Fn(&Report) + Send + Sync>;

/// One receiver, and the one that was added after it.
struct Node {
    receiver: Receiver,
    added_at: &'static Location<'static>,
    /// The generation of the process that added it.
    added_in: u32,
    /// Calls all receivers. A pointer, so that programs without one contain neither this nor what
    /// makes the report.
    deliver: fn(),
    next: StaticRef<Node>,
}

/// A chain without a lock, so that a forked child finds it whole.
static FIRST: StaticRef<Node> = StaticRef::new();

/// Where the receiver was added that was called last.
static CALLED: StaticRef<Location<'static>> = StaticRef::new();

/// Calls `receiver` with the report of the whole run, once, after the last handler. All receivers
/// are called, in the order in which they were added. A program without handlers has no run, and no
/// report. A receiver that is added during the run is called only if another one was there when the
/// run began, and one that is added after it never. A forked child calls those that it added
/// itself, and those of its parent when it has [adopted](fn@crate::adopt) the handlers.
///
/// A receiver may not end the process or call [`run`](fn@crate::run): both wait for the run, which
/// waits for the receiver, so that the second below passes, and later receivers are not called.
/// Where the handlers run inline no receiver is called, and a line on stderr says so: on WASI, in a
/// plugin that is closed, and without memory.
///
/// The receivers together have a second; the end of the process does not wait any longer, and a
/// line on stderr says so, and which one has not returned. Handlers that they register still run,
/// and are not in the report. For what has ended by the time of a handler see
/// [`ExitContext::report`](crate::ExitContext::report).
///
/// The guide: [environment](crate::guide::environment).
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
#[doc(alias("callback"))]
#[track_caller]
pub fn on_report(receiver: impl Fn(&Report) + Send + Sync + 'static) {
    add(Box::new(receiver), Location::caller());
}

fn add(receiver: Receiver, added_at: &'static Location<'static>) {
    // Kept as long as the process, as handlers are.
    let node: &'static Node = Box::leak(Box::new(Node {
        receiver,
        added_at,
        added_in: generation::current(),
        deliver: deliver_now,
        next: StaticRef::new(),
    }));
    let mut place = &FIRST;
    while let Some(taken) = place.set_first(node) {
        place = &taken.next;
    }
}

/// The receivers that this process calls: a forked child has those of its parent, and calls them
/// when it has adopted the handlers.
fn receivers() -> impl Iterator<Item = &'static Node> {
    iter::successors(FIRST.get(), |node| node.next.get())
        .filter(|node| node.added_in == generation::current() || ownership::owns_declared())
}

/// Whether a receiver was added.
pub(crate) fn is_wanted() -> bool {
    receivers().next().is_some()
}

/// Calls the receivers, and waits for them no longer than they may take.
pub(super) fn deliver() {
    if let Some(first) = receivers().next() {
        (first.deliver)();
    }
}

fn deliver_now() {
    if sys::is_starved() {
        say(format_args!("no memory left: the report is not delivered"));
        return;
    }
    let report = whole_report();
    match timed_work::run(REPORT_TIMEOUT, "exitmacro-report", move || call_all(&report)) {
        Ok(_) => {}
        Err(NotDone::NoThread(error)) => {
            say(format_args!("no thread could be started ({error}): the report is not delivered"))
        }
        Err(NotDone::Late) => report_late(),
    }
}

fn report_late() {
    let timeout = Size(REPORT_TIMEOUT);
    let late = "the receivers of the report did not return within";
    match CALLED.get() {
        Some(at) => say(format_args!(
            "{late} {timeout}: the one that was added at {}:{} is still running",
            at.file(),
            at.line()
        )),
        None => say(format_args!("{late} {timeout}")),
    }
}

fn call_all(report: &Report) {
    for node in receivers() {
        CALLED.set(node.added_at);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| (node.receiver)(report))) {
            say(format_args!(
                "a receiver of the report ({}:{}) panicked: {}",
                node.added_at.file(),
                node.added_at.line(),
                panic_text(&*payload)
            ));
            // Not dropped: it could panic in turn.
            core::mem::forget(payload);
        }
    }
}
