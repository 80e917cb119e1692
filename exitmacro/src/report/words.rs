//! The line on stderr about the outcome of a handler.

use crate::report::{HandlerReport, HandlerThread, Limit, Outcome, SkipReason};
use crate::text::duration::{Size, Took};
use core::fmt;
use core::time::Duration;

/// How a handler ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It returned, panicked, or dropped its future when its time had expired.
    OfItself,
    /// It completed after its time had expired, where nothing could interrupt it.
    Late,
    /// Its time has expired, and its thread is left behind.
    Abandoned,
    /// The same; std may have parked its thread.
    AbandonedPerhapsParked,
    /// std has parked its thread.
    Parked,
    /// The system has ended its thread.
    #[cfg(windows)]
    Cut,
    /// It waits for a thread that the system has ended.
    #[cfg(windows)]
    Stuck,
}

impl End {
    /// Whether it is abandoned because its time has expired.
    pub(crate) fn is_abandoned(self) -> bool {
        matches!(self, Self::Abandoned | Self::AbandonedPerhapsParked)
    }

    /// The texts before and after the limit in the line of a handler that timed out.
    fn words(self) -> (&'static str, &'static str) {
        let before = if self.is_abandoned() { " and was abandoned" } else { "" };
        let behind = match self {
            Self::OfItself | Self::Abandoned => "",
            Self::Late => "; nothing could interrupt it, and it has completed",
            Self::AbandonedPerhapsParked => {
                "; if it called `std::process::exit`, that never returns in a process that is \
                 already exiting: use `exitmacro::exit` instead"
            }
            #[cfg(windows)]
            Self::Cut | Self::Stuck => "",
            Self::Parked => {
                ": it called `std::process::exit`, which never returns in a process that is \
                 already exiting; use `exitmacro::exit` instead"
            }
        };
        (before, behind)
    }
}

/// Takes the text of the line.
type Out<'a> = &'a mut dyn fmt::Write;

/// Writes the outcome of a handler, for a line on stderr. Each kind of text has a function of its
/// own: in a debug build, one function for all of them would have a frame of 1.6 KiB.
#[cold]
pub(crate) fn outcome_words(handler: &HandlerReport, end: End, out: Out<'_>) -> fmt::Result {
    #[cfg(windows)]
    if matches!(end, End::Cut | End::Stuck) {
        return cut(handler, end, out);
    }
    match (&handler.outcome, handler.limit) {
        (Outcome::Completed, _) => completed(handler, out),
        (Outcome::Failed(message), _) => failed(handler, "failed", message, out),
        (Outcome::Panicked(message), _) => failed(handler, "panicked", message, out),
        (Outcome::TimedOut, Some(_)) => timed_out(handler, end, out),
        (Outcome::TimedOut, None) => stopped(handler, end, out),
        (Outcome::Skipped(SkipReason::Budget), Some(Limit::Budget { budget, .. })) => {
            cut_by_budget(handler, budget, out)
        }
        (Outcome::Skipped(reason), _) => skipped(handler, *reason, out),
        (Outcome::Exited(code), _) => exited(handler, *code, out),
    }
}

fn completed(handler: &HandlerReport, out: Out<'_>) -> fmt::Result {
    let HandlerReport { name, location, priority, duration, .. } = handler;
    write!(
        out,
        "handler `{name}` ({location}, priority {priority}) completed after {}{}",
        Took(*duration),
        thread_words(handler.thread == Some(HandlerThread::Caller))
    )
}

/// Where a handler runs.
#[inline(never)]
pub(crate) fn thread_words(is_caller: bool) -> &'static str {
    if is_caller { " on the calling thread" } else { " on a runner" }
}

fn failed(handler: &HandlerReport, how: &str, message: &str, out: Out<'_>) -> fmt::Result {
    let HandlerReport { name, location, duration, .. } = handler;
    write!(out, "handler `{name}` ({location}) {how} after {}: {message}", Took(*duration))
}

fn timed_out(handler: &HandlerReport, end: End, out: Out<'_>) -> fmt::Result {
    let HandlerReport { name, location, duration, .. } = handler;
    let Some(exceeded) = handler.exceeded() else { return Ok(()) };
    let (abandoned, remark) = end.words();
    write!(
        out,
        "handler `{name}` ({location}) timed out after {}{abandoned}: {exceeded}{remark}",
        Took(*duration)
    )
}

#[cfg(windows)]
fn cut(handler: &HandlerReport, end: End, out: Out<'_>) -> fmt::Result {
    let HandlerReport { name, location, duration, .. } = handler;
    let because = if end == End::Stuck {
        "it waits for a lock or another thread, and all other threads have ended"
    } else {
        "another module ended the process"
    };
    write!(out, "handler `{name}` ({location}) was cut off after {}: {because}", Took(*duration))
}

fn stopped(handler: &HandlerReport, end: End, out: Out<'_>) -> fmt::Result {
    let HandlerReport { name, location, duration, .. } = handler;
    let (abandoned, remark) = end.words();
    write!(
        out,
        "handler `{name}` ({location}) timed out after {}{abandoned}{remark}",
        Took(*duration)
    )
}

fn cut_by_budget(handler: &HandlerReport, budget: Duration, out: Out<'_>) -> fmt::Result {
    let HandlerReport { name, location, .. } = handler;
    write!(out, "handler `{name}` ({location}) skipped: the budget of {} is used up", Size(budget))
}

fn skipped(handler: &HandlerReport, reason: SkipReason, out: Out<'_>) -> fmt::Result {
    let HandlerReport { name, location, .. } = handler;
    write!(out, "handler `{name}` ({location}) skipped: {}", skipped_because(reason))
}

pub(crate) fn skipped_because(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::When => "its `when` does not match this exit",
        SkipReason::UnknownStatus => {
            "the exit status is not known here; return from `#[exitmacro::main]`, or call \
             `exitmacro::exit`"
        }
        SkipReason::Environment => "EXITMACRO_SKIP matches it",
        SkipReason::Budget => "the budget of the run is used up",
    }
}

fn exited(handler: &HandlerReport, code: i32, out: Out<'_>) -> fmt::Result {
    let HandlerReport { name, location, duration, .. } = handler;
    write!(
        out,
        "handler `{name}` ({location}) ended after {}{} by exiting with {code}",
        Took(*duration),
        thread_words(handler.thread == Some(HandlerThread::Caller))
    )
}
