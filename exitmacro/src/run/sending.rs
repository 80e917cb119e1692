//! Events that wait to be sent, and how those are sent that the end of the budget left over.

use crate::config::Sink;
use crate::report::event::Event;
use crate::report::line::{Line, say};
use crate::text::duration::Size;
use crate::timed_work::{self, NotDone};
use crate::times::EVENT_TIMEOUT;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The program no longer takes events.
static STDERR_ONLY: AtomicBool = AtomicBool::new(false);

/// From now on the outcomes of handlers go to stderr, whatever `report_to` in
/// [`#[exitmacro::main]`](macro@crate::main) or [`config!`](crate::config) asks for. Needs the
/// feature `tracing` or `log`.
///
/// A handler that closes the output of the subscriber or logger calls this first. A closed output
/// loses what is written to it, without an error, as the non-blocking writer of tracing-appender
/// does after its guard was dropped.
///
/// Without the call, later failures may be lost, if the priority of that handler is higher than
/// [`TELEMETRY`](crate::priority::TELEMETRY). Failures of handlers of priority `TELEMETRY` or lower
/// always have a line on stderr, and are sent as events as well.
///
/// # Events
///
/// With `report_to = tracing` or `report_to = log`, each handler is an event of the target
/// `exitmacro`, in place of the line on stderr. Its fields:
///
/// | field | value |
/// |---|---|
/// | `handler` | its name |
/// | `location` | `file:line` |
/// | `priority` | a number |
/// | `outcome` | `completed`, `failed`, `panicked`, `timed_out`, `skipped` or `exited` |
/// | `detail` | the message of a failure, the limit that expired, the reason of a skip, the status of an exit; absent after `completed`, in `log` a null |
/// | `elapsed` | a number of seconds |
///
/// Failures, panics, timeouts, and handlers that were skipped for the budget or because the exit
/// status is not known have the level `error`; those that `EXITMACRO_SKIP` skipped have `warn`; the
/// others have `debug`. After the last handler, an event of the level `info` has the fields
/// `reason`, `status` (absent when it is not known), `handlers`, `completed`, `failed`, `panicked`,
/// `timed_out`, `skipped`, `exited`, `elapsed` and `budget`. It comes before the receivers of
/// [`on_report`](crate::on_report) are called.
///
/// All other lines stay on stderr. `EXITMACRO_LOG=trace` prints the lines about handlers as well.
/// Without `report_to`, the features change nothing.
///
/// # Threads
///
/// Events are sent on a runner thread, between two handlers, where this crate holds no lock and
/// thread-locals work. A subscriber that is set for one thread only, as by
/// `tracing::subscriber::with_default`, does not get them. An event may take a second, which counts
/// as part of the budget. If the subscriber takes longer, or panics, a line on stderr says so, and
/// all further outcomes go to stderr. When the budget is used up, the remaining events have a
/// second together, on a thread of their own.
///
/// Outcomes also go to stderr where no subscriber or logger is set, and where no thread can be
/// started, as in a shared object that is unloaded.
///
#[cfg_attr(feature = "tracing", doc = "```no_run")]
#[cfg_attr(not(feature = "tracing"), doc = "```ignore")]
/// use exitmacro::{at_exit, priority};
/// use std::sync::Mutex;
///
/// # struct WorkerGuard;
/// // Of tracing-appender.
/// static GUARD: Mutex<Option<WorkerGuard>> = Mutex::new(None);
///
/// #[at_exit(priority = priority::TELEMETRY)]
/// fn flush_the_log() {
///     exitmacro::report_to_stderr();
///     drop(GUARD.lock().unwrap().take());
/// }
///
/// #[exitmacro::main(report_to = tracing)]
/// fn main() {
///     // Sets the subscriber, and keeps its guard in `GUARD`.
/// }
/// ```
pub fn report_to_stderr() {
    STDERR_ONLY.store(true, Ordering::Relaxed);
}

/// The events that have not been sent.
pub(super) struct Events {
    pub(super) waiting: VecDeque<Event>,
    /// The one that an invocation of this number sends.
    pub(super) sending: Option<(u64, Arc<Event>)>,
    /// The sink did not return, or panicked.
    pub(super) is_off: bool,
    pub(super) has_summary: bool,
    /// A handler has ended that may have closed the output of the sink.
    pub(super) may_be_closed: bool,
}

/// Events that are sent after the budget is used up, where no runner is left.
pub(super) struct Batch {
    pub(super) sink: Sink,
    pub(super) events: Vec<Event>,
}

impl Events {
    pub(super) const fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            sending: None,
            is_off: false,
            has_summary: false,
            may_be_closed: false,
        }
    }
}

/// Whether the program asked for stderr.
pub(super) fn goes_to_stderr() -> bool {
    STDERR_ONLY.load(Ordering::Relaxed)
}

/// Sends all of them on a thread, and waits for that no longer than one event may take. What was
/// not sent by then is printed.
pub(super) fn deliver(batch: Batch) {
    let name = batch.sink.name;
    let shared = Arc::new((batch, AtomicUsize::new(0)));
    let its_own = Arc::clone(&shared);
    let work = move || {
        let (batch, sent) = &*its_own;
        for event in &batch.events {
            let outcome = catch_unwind(AssertUnwindSafe(|| (batch.sink.send)(event)));
            // The panic was reported. The payload is not dropped: it could panic in turn.
            let is_taken = outcome.unwrap_or_else(|payload| {
                core::mem::forget(payload);
                false
            });
            // After a timeout the waiting thread prints this event and the rest.
            let place = sent.fetch_add(1, Ordering::AcqRel);
            if place >= batch.events.len() {
                return;
            }
            if !is_taken {
                print(event);
            }
        }
    };
    let is_done = timed_work::run(EVENT_TIMEOUT, "exitmacro-events", work);
    let (batch, sent) = &*shared;
    match is_done {
        Ok(_) => return,
        Err(NotDone::Late) => say(format_args!(
            "`{name}` did not take the events within {}: the outcomes of handlers follow here",
            Size(EVENT_TIMEOUT)
        )),
        Err(NotDone::NoThread(error)) => say(format_args!(
            "no thread could be started ({error}): the outcomes of handlers follow here"
        )),
    }
    let sent = sent.swap(batch.events.len(), Ordering::AcqRel);
    batch.events.iter().skip(sent).for_each(print);
}

fn print(event: &Event) {
    let mut line = Line::new();
    event.say_instead(&mut line);
    line.print();
}
