//! What a person sees of a run that takes long: on a terminal one line that is rewritten in place;
//! elsewhere, where the log level asks for it, a line when a handler has used up half of its limit.
//!
//! The thread that keeps the clock shows both, and wakes up for them only when there is something
//! to show.

use crate::config::LogLevel;
use crate::environment::Environment;
use crate::handler::clock::Moment;
#[cfg(feature = "signals")]
use crate::handler::signal::Signal;
use crate::registry;
use crate::report::line::Line;
use crate::run::active::Current;
use crate::run::global::state;
use crate::run::state::Run;
use crate::sys::{self, Locked, Terminal};
use crate::times::{FIRST_STATUS, STATUS_IN_BACKGROUND, STATUS_INTERVAL};
use core::time::Duration;

/// How many running handlers the line names.
const NAMED: u64 = 3;

/// How a person forces the end. Set by what handles signals, so that other programs do not contain
/// it.
#[cfg(feature = "signals")]
pub(crate) static FORCE: sys::StaticRef<ForceHint> = sys::StaticRef::new();

#[cfg(feature = "signals")]
pub(crate) struct ForceHint {
    /// Returns what forces the end, and how. Told whether keys send signals.
    pub(crate) how: fn(bool) -> Option<[&'static str; 2]>,
    /// The name of a signal.
    pub(crate) name: fn(Signal) -> Option<&'static str>,
}

/// What one supervisor shows.
pub(super) struct Status {
    /// When it is to draw the line the next time.
    draws_at: Moment,
    /// Up to when it has looked for handlers that have used up half of their limits.
    looked: Moment,
}

impl Status {
    /// Of a supervisor of this run. While `is_handed_over`, a handler has the exiting thread, and
    /// nothing is drawn.
    #[inline(never)]
    pub(super) fn new(run: &Run, is_handed_over: bool) -> Self {
        let may_draw =
            !is_handed_over && run.terms.as_ref().is_some_and(|terms| terms.config.status);
        let draws_at = if may_draw { run.started.plus(FIRST_STATUS) } else { Moment::NEVER };
        Self { draws_at, looked: run.started }
    }

    /// When there is something to show.
    #[inline(never)]
    pub(super) fn next(&self, run: &Run) -> Moment {
        self.draws_at.min(run.next_half(self.looked))
    }

    /// Shows what is due, without the lock.
    #[cold]
    #[inline(never)]
    pub(super) fn show(&mut self, run: Locked<Run>, now: Moment) -> Locked<Run> {
        drop(run);
        let terminal = if self.draws_at == Moment::NEVER { None } else { drawable() };
        let mut line = Line::new();
        if self.prepare(&mut state(), terminal, now, &mut line) {
            line.draw();
        } else {
            line.print();
        }
        state()
    }

    /// Makes `line` what is to be shown; `true` when it is to be drawn.
    fn prepare(
        &mut self,
        run: &mut Run,
        terminal: Option<Terminal>,
        now: Moment,
        line: &mut Line,
    ) -> bool {
        let foreground = terminal.filter(|terminal| terminal.is_foreground);
        run.draws_status = foreground.is_some();
        let Some(terminal) = foreground else {
            // It may come to the foreground.
            self.draws_at = terminal.map_or(Moment::NEVER, |_| now.plus(STATUS_IN_BACKGROUND));
            self.looked = run.tell_half(self.looked, now, line);
            return false;
        };
        self.looked = now;
        let is_due = self.draws_at <= now;
        if is_due {
            self.draws_at = now.plus(STATUS_INTERVAL);
            let following = run.order.count_left() + registry::table().len();
            for is_short in [false, true] {
                run.tell_running(line, now, following, is_short, terminal.has_signal_keys);
                if !line.cut_to(terminal.columns) {
                    break;
                }
            }
        }
        is_due
    }
}

/// The terminal, if there is one that can erase a line.
fn drawable() -> Option<Terminal> {
    let is_dumb = || {
        let name = Environment::of_this_process().var_os("TERM");
        name.is_some_and(|name| name == "dumb")
    };
    sys::terminal().filter(|_| !is_dumb())
}

impl Run {
    /// Whether a line tells of a handler that takes more than half of its limit.
    fn tells_halves(&self) -> bool {
        !self.draws_status
            && self.terms.as_ref().is_some_and(|terms| terms.config.log >= LogLevel::Info)
    }

    /// When the next of the running handlers, after this moment, has used up half of its limit, if
    /// that is to be told.
    pub(super) fn next_half(&self, after: Moment) -> Moment {
        if self.tells_halves() { self.first_half(after).0 } else { Moment::NEVER }
    }

    /// The first of the running handlers, after this moment, that has used up half of its limit,
    /// and when that is.
    #[cold]
    #[inline(never)]
    fn first_half(&self, after: Moment) -> (Moment, Option<&Current>) {
        let mut first = (Moment::NEVER, None);
        for current in self.active.iter() {
            let half = self.half(current.started, current.deadline);
            if half > after && half < first.0 {
                first = (half, Some(current));
            }
        }
        first
    }

    /// When a handler that began then has used up half of its limit.
    fn half(&self, started: Moment, deadline: Moment) -> Moment {
        started.middle(deadline.min(self.budget_end))
    }

    /// Whether a handler ends late that began then, so that a line tells of its end.
    pub(super) fn is_told_as_late(&self, started: Moment, deadline: Moment, now: Moment) -> bool {
        self.tells_halves() && now >= self.half(started, deadline)
    }

    /// Says in `line` which handler was the first after this moment to use up half of its limit.
    /// Returns when that was.
    fn tell_half(&self, after: Moment, now: Moment, line: &mut Line) -> Moment {
        let (half, current) = self.first_half(after);
        if half > now || !self.tells_halves() {
            return after;
        }
        if let Some(current) = current
            && let Some(subject) = &current.subject
        {
            line.start();
            subject.push_to(line);
            line.push(" is still running after ");
            push_times(line, current, now);
            line.end();
        }
        half
    }

    /// Makes `line` what is drawn, with full names or with short ones, where so many handlers have
    /// not begun; nothing where no handler runs. The flush has no name.
    fn tell_running(
        &self,
        line: &mut Line,
        now: Moment,
        following: usize,
        is_short: bool,
        has_signal_keys: bool,
    ) {
        let mut running = 0;
        for current in self.active.iter() {
            let Some(subject) = &current.subject else { continue };
            running += 1;
            let before = match running {
                1 => {
                    line.start();
                    if is_short { "" } else { "waiting for " }
                }
                ..=NAMED => ", ",
                _ => continue,
            };
            let (open, close) = if is_short { ("` ", "") } else { ("` (", ")") };
            line.push(before).push("`").push(subject.shown_name(is_short)).push(open);
            push_times(line, current, now);
            line.push(close);
        }
        if running > NAMED {
            line.push(" and ").push_number(running - NAMED).push(" more");
        }
        if running > 0 {
            line.push("; ").push_number(seconds(self.budget_end.since(now)));
            line.push("s left; ").push_number(following as u64).push(" to go");
            #[cfg(feature = "signals")]
            push_force(line, has_signal_keys);
            #[cfg(not(feature = "signals"))]
            let _ = has_signal_keys;
            line.end();
        }
    }
}

/// How long the handler has been running, of its limit: in whole seconds, and with a limit of less
/// than two seconds to a tenth of the unit.
#[inline(never)]
fn push_times(line: &mut Line, current: &Current, now: Moment) {
    let (took, limit) = (now.since(current.started), current.limit.duration());
    if limit < Duration::from_secs(2) {
        line.push_size(took);
    } else {
        line.push_number(seconds(took)).push("s");
    }
    line.push(" of ").push_size(limit);
}

/// In whole seconds, rounded.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_millis() >= 500)
}

#[cfg(feature = "signals")]
fn push_force(line: &mut Line, has_signal_keys: bool) {
    if let Some([what, how]) = FORCE.get().and_then(|force| (force.how)(has_signal_keys)) {
        line.push("; ").push(what).push(how);
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
