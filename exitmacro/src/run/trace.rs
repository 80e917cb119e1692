//! What `EXITMACRO_LOG=trace` prints of a run besides its outcomes: a line at its beginning, one
//! when a handler starts, and one with the totals.

use crate::config::LogLevel;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::declared::{Declared, compare, handlers};
use crate::handler::signal::Signal;
use crate::report::HandlerThread;
use crate::report::line::Line;
use crate::report::totals::Totals;
use crate::report::words::thread_words;
use crate::run::global::{LIVE, state};
use crate::run::state::Run;
#[cfg(feature = "signals")]
use crate::run::status::FORCE;
use crate::sys;
use core::time::Duration;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether the run is traced.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// Says that a run begins, which is traced.
#[cold]
#[inline(never)]
pub(super) fn tell_beginning(reason: ExitReason, registered: usize, budget: Duration) {
    IS_ON.store(true, Relaxed);
    let mut line = Line::new();
    set_header(&mut line, reason, LIVE.code(), handlers(), registered, budget);
    line.print();
}

fn set_header(
    line: &mut Line,
    reason: ExitReason,
    code: Option<i32>,
    linked: &[Declared],
    registered: usize,
    budget: Duration,
) {
    line.start();
    line.push("the run begins: reason ");
    push_reason(reason, line);
    if let Some(code) = code {
        let code = sys::as_the_parent_sees(code).cast_unsigned();
        line.push(", status ").push_number(code.into());
    }
    line.push(", budget ").push_size(budget);
    line.push("; linked handlers: ").push_number(linked.len() as u64);
    push_crates(linked, line);
    line.push("; registered: ").push_number(registered as u64).end();
}

/// The reason, as its `Display` has it. Its words are one text, and the name of a signal is looked
/// up where signals are handled: each of several texts is an address for the loader to write.
fn push_reason(reason: ExitReason, line: &mut Line) {
    const WORDS: &str = "return exit panic requested unload";
    let (start, end) = match reason {
        ExitReason::Return => (0, 6),
        ExitReason::Exit => (7, 11),
        ExitReason::Panic => (12, 17),
        ExitReason::Requested => (18, 27),
        ExitReason::Unload => (28, 34),
        ExitReason::Signal(signal) => {
            match name_of(signal) {
                Some(name) => line.push(name),
                None => line.push("signal ").push_number(signal.number().unsigned_abs().into()),
            };
            return;
        }
    };
    line.push(WORDS.get(start..end).unwrap_or_default());
}

#[cfg(feature = "signals")]
fn name_of(signal: Signal) -> Option<&'static str> {
    FORCE.get().and_then(|force| (force.name)(signal))
}

#[cfg(not(feature = "signals"))]
fn name_of(_signal: Signal) -> Option<&'static str> {
    None
}

/// How many handlers each crate has, by the names of the crates. Needs no memory.
fn push_crates(linked: &[Declared], line: &mut Line) {
    let (mut last, mut before) = ("", " (");
    loop {
        let (mut next, mut count) = ("", 0);
        for name in linked.iter().map(crate_of).filter(|name| is_before(last, name)) {
            if count == 0 || is_before(name, next) {
                (next, count) = (name, 1);
            } else if !is_before(next, name) {
                count += 1;
            }
        }
        if count == 0 {
            break;
        }
        line.push(before).push(next).push(" ").push_number(count);
        (last, before) = (next, ", ");
    }
    if !last.is_empty() {
        line.push(")");
    }
}

#[inline(never)]
fn crate_of(handler: &Declared) -> &'static str {
    handler.module().get(..handler.crate_name().len()).unwrap_or_default()
}

#[inline(never)]
fn is_before(one: &'static str, other: &'static str) -> bool {
    compare(one, other).is_lt()
}

/// Says, if the run is traced, that the handler of this invocation starts. To be called by the
/// thread that executes it.
#[inline]
pub(super) fn tell_start(number: u64) {
    if IS_ON.load(Relaxed) {
        tell_start_now(number);
    }
}

#[cold]
#[inline(never)]
fn tell_start_now(number: u64) {
    let mut line = Line::new();
    if let Some(current) = state().active.get(number)
        && let Some(subject) = &current.subject
    {
        line.start();
        subject.push_to(&mut line);
        line.push(" starts").push(thread_words(current.worker.on == HandlerThread::Caller)).end();
    }
    line.print();
}

impl Run {
    pub(super) fn is_traced(&self) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.config.log == LogLevel::Trace)
    }

    /// Says in `line` how many handlers ended how; `false` when that is not to be told, or was.
    #[inline]
    pub(super) fn report_totals(&mut self, now: Moment, line: &mut Line) -> bool {
        let is_due = self.is_traced() && self.told_totals != self.log.len();
        if is_due {
            self.tell_totals(now, line);
        }
        is_due
    }

    #[cold]
    #[inline(never)]
    fn tell_totals(&mut self, now: Moment, line: &mut Line) {
        self.told_totals = self.log.len();
        line.start();
        line.push("the run has ended after ").push_size(now.since(self.started)).push(": ");
        let totals = Totals::of(self.log.iter().map(|record| record.outcome));
        let [completed, failed, timed_out, skipped] = grouped(totals).map(|count| count as u64);
        line.push_number(completed).push(" completed, ").push_number(failed).push(" failed, ");
        line.push_number(timed_out).push(" timed out, ").push_number(skipped).push(" skipped");
        line.end();
    }
}

/// How many handlers completed, failed, timed out and were skipped: an exit is an end, and a panic
/// a failure.
fn grouped(totals: Totals) -> [usize; 4] {
    let Totals { completed, failed, panicked, timed_out, skipped, exited } = totals;
    [completed + exited, failed + panicked, timed_out, skipped]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Outcome, SkipReason};

    static LINKED: [Declared; 5] =
        [linked("pool"), linked("app"), linked("app::db"), linked("metrics::flush"), linked("app")];

    const fn linked(module: &'static str) -> Declared {
        Declared::new("handler", module, "src/main.rs", 1, 1, |_| Ok(()))
    }

    #[test]
    fn the_header_has_what_is_known_when_the_run_begins() {
        let header = |reason, code, linked: &[Declared]| {
            let mut line = Line::new();
            set_header(&mut line, reason, code, linked, 2, Duration::from_secs(25));
            line.to_string()
        };
        assert_eq!(
            header(ExitReason::Exit, Some(3), &[]),
            "exitmacro: the run begins: reason exit, status 3, budget 25s; \
             linked handlers: 0; registered: 2\n"
        );
        assert_eq!(
            header(ExitReason::Requested, None, &LINKED[..1]),
            "exitmacro: the run begins: reason requested, budget 25s; \
             linked handlers: 1 (pool 1); registered: 2\n"
        );
        assert_eq!(
            header(ExitReason::Return, Some(0), &LINKED),
            "exitmacro: the run begins: reason return, status 0, budget 25s; \
             linked handlers: 5 (app 3, metrics 1, pool 1); registered: 2\n"
        );
    }

    #[test]
    fn the_reason_has_its_usual_name() {
        for reason in [
            ExitReason::Return,
            ExitReason::Exit,
            ExitReason::Panic,
            ExitReason::Requested,
            ExitReason::Unload,
        ] {
            let mut line = Line::new();
            line.start();
            push_reason(reason, &mut line);
            line.end();
            assert_eq!(line.to_string(), format!("exitmacro: {reason}\n"));
        }
    }

    #[test]
    fn the_totals_count_every_outcome() {
        let outcomes = [
            Outcome::Completed,
            Outcome::Exited(3),
            Outcome::Failed(String::new()),
            Outcome::Panicked(String::new()),
            Outcome::TimedOut,
            Outcome::Skipped(SkipReason::When),
            Outcome::Skipped(SkipReason::Budget),
        ];
        let alone = outcomes.each_ref().map(|outcome| grouped(Totals::of([outcome].into_iter())));
        let places = alone.map(|counts| counts.iter().position(|&count| count == 1));
        assert_eq!(places, [0, 0, 1, 1, 2, 3, 3].map(Some));
        assert_eq!(grouped(Totals::of(outcomes.iter())), [2, 2, 1, 2]);
    }
}
