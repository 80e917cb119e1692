//! The state of the run, and how it moves from one handler to the next. Knows no lock, no thread and no clock: its methods are told the time.

use super::line::Line;
use super::order::Order;
use super::report::{HandlerReport, HandlerThread, Outcome, Report, SkipReason};
use super::{LIVE, Limits};
use crate::handler::context::{ExitContext, ExitReason};
use crate::handler::declared::Declared;
use crate::handler::registered::{Entry, HandlerId, Table};
use crate::handler::{Callback, Location, Rank, Returned};
use crate::sys::{self, ThreadKey, ThreadWatch};
use std::borrow::Cow;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the last flush of stdout may take.
const FLUSH_PATIENCE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    Going,
    Over,
}

/// Who started the run, and under which conditions.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) reason: ExitReason,
    pub(super) limits: Limits,
    pub(super) caller: Worker,
    /// Nobody supervises: the caller runs everything itself.
    pub(super) inline: bool,
    /// The thread that supervises is inside libc's `exit`, so std parks whoever calls `std::process::exit`.
    pub(super) inside_exit: bool,
}

/// What is to be called.
pub(super) enum Job {
    Declared(fn(&ExitContext) -> Returned),
    Registered(Box<dyn Callback>),
    /// The last one: flush std's stdout.
    Flush,
}

/// One handler on its way to be called.
pub(super) struct Turn {
    pub(super) number: u64,
    pub(super) id: Option<HandlerId>,
    pub(super) job: Job,
    pub(super) context: ExitContext,
}

/// A thread that executes handlers.
#[derive(Clone, Copy)]
pub(super) struct Worker {
    pub(super) thread: ThreadKey,
    pub(super) watch: ThreadWatch,
    pub(super) on: HandlerThread,
}

impl Worker {
    /// The calling thread.
    pub(super) fn current(on: HandlerThread) -> Self {
        Self { thread: sys::thread_key(), watch: ThreadWatch::current(), on }
    }
}

/// A handler that ended.
pub(super) struct Finished {
    pub(super) number: u64,
    pub(super) id: Option<HandlerId>,
    pub(super) outcome: Outcome,
}

/// The handler whose turn it is.
pub(super) struct Current {
    pub(super) number: u64,
    pub(super) deadline: Option<Instant>,
    pub(super) started: Instant,
    pub(super) worker: Worker,
    subject: Option<Subject>,
    limit: Duration,
    remark: &'static str,
    /// On its way to the caller, who has not picked it up yet.
    handed_over: Option<Turn>,
}

/// What a report says about a handler whatever becomes of it.
struct Subject {
    name: Cow<'static, str>,
    location: Location,
    priority: i32,
}

/// What a runner does next.
pub(super) enum Step {
    Execute(Turn),
    /// The caller executes it; the runner waits.
    HandedOver(u64),
    Over,
}

pub(super) struct Run {
    pub(super) phase: Phase,
    /// The thread that is going to end the process.
    pub(super) exiting: Option<ThreadKey>,
    /// Somebody asked for the end of the process by `exitmacro::exit`.
    pub(super) exit_asked: bool,
    pub(super) out_of_budget: bool,
    /// The caller hangs in a handler, so that a runner took its place.
    pub(super) caller_lost: bool,
    pub(super) terms: Option<Terms>,
    pub(super) current: Option<Current>,
    /// When the supervisor will look next; a runner that needs it earlier wakes it.
    pub(super) wakes_at: Option<Instant>,
    /// Counts the runner threads; the last one is the one that counts.
    pub(super) runners: u32,
    pub(super) runner_has_left: bool,
    pub(super) runner: Option<JoinHandle<()>>,
    declared: &'static [Declared],
    order: Order,
    started: Option<Instant>,
    turns: u64,
    flushed: bool,
    abandoned: Vec<ThreadKey>,
    log: Vec<HandlerReport>,
}

impl Run {
    pub(super) const fn new() -> Self {
        Self {
            phase: Phase::Idle,
            exiting: None,
            exit_asked: false,
            out_of_budget: false,
            caller_lost: false,
            terms: None,
            current: None,
            wakes_at: None,
            runners: 0,
            runner_has_left: false,
            runner: None,
            declared: &[],
            order: Order::empty(),
            started: None,
            turns: 0,
            flushed: false,
            abandoned: Vec::new(),
            log: Vec::new(),
        }
    }

    /// Forgets the run of the parent in a forked child. Turns go on counting, so that the handler that forked is nobody's turn here.
    pub(super) fn disown(&mut self) {
        let fresh = Self { turns: self.turns, ..Self::new() };
        // Not dropped: the values belong to the parent, and freeing memory is not allowed here.
        core::mem::forget(core::mem::replace(self, fresh));
    }

    pub(super) fn begin(&mut self, terms: Terms, declared: &'static [Declared], table: &mut Table, now: Instant) {
        self.phase = Phase::Going;
        self.terms = Some(terms);
        self.declared = declared;
        self.order = Order::of(declared, table);
        self.started = Some(now);
        table.begin_run();
    }

    pub(super) fn end(&mut self, table: &mut Table) {
        table.close();
        self.current = None;
        self.phase = Phase::Over;
    }

    pub(super) fn report(&self) -> Report {
        let reason = self.terms.map_or(ExitReason::Requested, |terms| terms.reason);
        Report { reason, handlers: self.log.clone() }
    }

    /// The end of the budget; `None` when that is too far away for the clock.
    pub(super) fn budget_end(&self) -> Option<Instant> {
        self.started?.checked_add(self.terms?.limits.budget)
    }

    pub(super) fn budget_is_over(&self, now: Instant) -> bool {
        self.budget_end().is_some_and(|end| end <= now)
    }

    /// Makes `thread` the one that ends the process; `false` when that is another one already.
    pub(super) fn claim_exit(&mut self, thread: ThreadKey) -> bool {
        *self.exiting.get_or_insert(thread) == thread
    }

    pub(super) fn is_abandoned(&self, thread: ThreadKey) -> bool {
        self.abandoned.contains(&thread)
    }

    /// Whether `thread` is executing the handler whose turn it is.
    pub(super) fn is_inside(&self, thread: ThreadKey) -> bool {
        self.phase == Phase::Going && self.current.as_ref().is_some_and(|current| current.worker.thread == thread && current.handed_over.is_none())
    }

    /// When the handler whose turn it is has used up its own timeout.
    pub(super) fn own_deadline(&self) -> Option<Instant> {
        self.current.as_ref()?.deadline
    }

    /// Whether the handler of this turn is still the one whose turn it is.
    pub(super) fn is_turn(&self, number: u64) -> bool {
        self.current.as_ref().is_some_and(|current| current.number == number)
    }

    /// Notes that no thread can be started, so that the caller executes handlers itself and nobody keeps the clock.
    pub(super) fn supervise_nobody(&mut self) {
        if let Some(terms) = &mut self.terms {
            terms.inline = true;
        }
    }

    /// Takes the turn that waits for the caller.
    pub(super) fn pick_up(&mut self) -> Option<Turn> {
        self.current.as_mut()?.handed_over.take()
    }

    /// Ends the turn, and says what stderr should hear of it. `Err` when that turn is over already: the handler was abandoned.
    pub(super) fn settle(&mut self, finished: Finished, now: Instant, table: &mut Table) -> Result<Option<Line>, ()> {
        if let Some(id) = finished.id {
            table.ended(id);
        }
        match self.current.take() {
            Some(current) if current.number == finished.number => Ok(self.record(current, finished.outcome, now)),
            other => {
                self.current = other;
                let thread = sys::thread_key();
                self.abandoned.retain(|&abandoned| abandoned != thread);
                Err(())
            }
        }
    }

    fn record(&mut self, current: Current, outcome: Outcome, now: Instant) -> Option<Line> {
        let Some(subject) = current.subject else {
            return flush_line(&outcome);
        };
        let duration = now.saturating_duration_since(current.started);
        let unsupervised = self.terms.is_some_and(|terms| terms.inline);
        let late = unsupervised && duration > current.limit && outcome == Outcome::Completed;
        let start = self.since_start(current.started);
        self.log(
            current.remark,
            HandlerReport {
                name: subject.name,
                location: subject.location,
                priority: subject.priority,
                outcome: if late { Outcome::TimedOut } else { outcome },
                start,
                duration,
                thread: Some(current.worker.on),
            },
        )
    }

    fn since_start(&self, at: Instant) -> Duration {
        self.started.map_or(Duration::ZERO, |started| at.saturating_duration_since(started))
    }

    fn log(&mut self, remark: &str, handler: HandlerReport) -> Option<Line> {
        let trace = self.terms.is_some_and(|terms| terms.limits.trace);
        let line = (trace || !handler.outcome.is_success()).then(|| outcome_line(&handler, remark));
        // Without memory the report is shorter; the line is still printed.
        if self.log.try_reserve(1).is_ok() {
            self.log.push(handler);
        }
        line
    }

    /// Gives up the handler whose turn it is: another runner goes on. `why` is added to its line.
    pub(super) fn abandon(&mut self, why: &'static str, now: Instant) -> Option<Line> {
        let mut current = self.current.take()?;
        current.remark = why;
        // Whoever sees another turn number knows that it was abandoned.
        self.turns += 1;
        LIVE.set_turn(self.turns);
        self.abandoned.push(current.worker.thread);
        self.record(current, Outcome::TimedOut, now)
    }

    /// The handler whose turn it is and that runs on the calling thread asked libc to exit, which never returns to it.
    pub(super) fn leave(&mut self, code: i32, now: Instant) -> Option<Line> {
        let current = self.current.take()?;
        self.record(current, Outcome::Exited(code), now)
    }

    /// Takes the next handler off the table.
    pub(super) fn next(&mut self, now: Instant, table: &mut Table, worker: Worker) -> Step {
        if self.phase != Phase::Going || self.out_of_budget {
            return Step::Over;
        }
        match self.take(table) {
            Some((entry, limit, wants_caller)) => {
                self.flushed = false;
                self.turn(entry, limit, wants_caller, now, worker)
            }
            None if !self.flushed => {
                self.flushed = true;
                // The caller flushes, because it may itself hold the lock of stdout, which it can take twice.
                self.turn(Taken { subject: None, id: None, job: Job::Flush }, FLUSH_PATIENCE, true, now, worker)
            }
            None => {
                self.end(table);
                Step::Over
            }
        }
    }

    fn take(&mut self, table: &mut Table) -> Option<(Taken, Duration, bool)> {
        loop {
            let next = self.order.peek(table);
            if let Some(late) = table.latecomer_before(next) {
                let (id, entry) = table.take(late)?;
                return Some(Taken::registered(id, entry));
            }
            let rank = next?;
            self.order.pass(rank);
            if rank.is_declared() {
                return Some(Taken::declared(&self.declared[rank.index as usize]));
            }
            if let Some((id, entry)) = table.take(rank) {
                return Some(Taken::registered(id, entry));
            }
        }
    }

    fn turn(&mut self, taken: Taken, limit: Duration, wants_caller: bool, now: Instant, worker: Worker) -> Step {
        self.turns += 1;
        LIVE.set_turn(self.turns);
        let own_end = now.checked_add(limit);
        let deadline = [own_end, self.budget_end()].into_iter().flatten().min();
        let reason = self.terms.map_or(ExitReason::Requested, |terms| terms.reason);
        let context = ExitContext { reason, deadline, turn: self.turns, live: &LIVE };
        let turn = Turn { number: self.turns, id: taken.id, job: taken.job, context };
        let mut current = Current { number: self.turns, deadline: own_end, started: now, worker, subject: taken.subject, limit, remark: "", handed_over: None };
        let number = turn.number;
        let to_caller = wants_caller && worker.on == HandlerThread::Runner && !self.caller_lost;
        let step = match (to_caller, self.terms) {
            (true, Some(terms)) => {
                current.worker = terms.caller;
                current.handed_over = Some(turn);
                Step::HandedOver(number)
            }
            _ => Step::Execute(turn),
        };
        self.current = Some(current);
        step
    }

    /// Takes one more of the remaining handlers off the table, without running it. To be called until it answers `None`, when the budget is used up.
    pub(super) fn skip_one(&mut self, now: Instant, table: &mut Table) -> Option<Option<Line>> {
        self.out_of_budget = true;
        if self.current.is_some() {
            return Some(self.abandon("; the budget of the run is used up", now));
        }
        let Some((taken, _, _)) = self.take(table) else {
            self.end(table);
            return None;
        };
        if let Job::Registered(callback) = taken.job {
            // Dropping it would run code of the user that nothing bounds.
            core::mem::forget(callback);
        }
        if let Some(id) = taken.id {
            table.ended(id);
        }
        let start = self.since_start(now);
        let line = taken.subject.and_then(|subject| {
            self.log(
                "",
                HandlerReport {
                    name: subject.name,
                    location: subject.location,
                    priority: subject.priority,
                    outcome: Outcome::Skipped(SkipReason::Budget),
                    start,
                    duration: Duration::ZERO,
                    thread: None,
                },
            )
        });
        Some(line)
    }

    /// The ranks of the declared handlers that still wait.
    pub(super) fn declared_left(&self) -> Vec<Rank> {
        self.order.declared_left()
    }
}

struct Taken {
    subject: Option<Subject>,
    id: Option<HandlerId>,
    job: Job,
}

impl Taken {
    fn declared(handler: &Declared) -> (Self, Duration, bool) {
        let subject = Subject { name: Cow::Borrowed(handler.name()), location: handler.location(), priority: handler.own_priority() };
        (Self { subject: Some(subject), id: None, job: Job::Declared(handler.function()) }, handler.limit(), handler.wants_caller())
    }

    fn registered(id: HandlerId, entry: Entry) -> (Self, Duration, bool) {
        let (limit, wants_caller) = (entry.limit(), entry.wants_caller());
        let (location, priority) = (entry.location(), entry.priority());
        let (name, callback) = entry.into_name_and_callback();
        (Self { subject: Some(Subject { name, location, priority }), id: Some(id), job: Job::Registered(callback) }, limit, wants_caller)
    }
}

fn flush_line(outcome: &Outcome) -> Option<Line> {
    (*outcome == Outcome::TimedOut)
        .then(|| Line::new(format_args!("stdout was not flushed within {FLUSH_PATIENCE:?}: nobody reads it, or another thread holds its lock")))
}

fn outcome_line(handler: &HandlerReport, remark: &str) -> Line {
    let HandlerReport { name, location, priority, outcome, duration, .. } = handler;
    match outcome {
        Outcome::Completed => Line::new(format_args!("handler `{name}` ({location}, priority {priority}) completed after {duration:.1?}")),
        Outcome::Failed(message) => Line::new(format_args!("handler `{name}` ({location}) failed after {duration:.1?}: {message}")),
        Outcome::Panicked(message) => Line::new(format_args!("handler `{name}` ({location}) panicked after {duration:.1?}: {message}")),
        Outcome::TimedOut => Line::new(format_args!("handler `{name}` ({location}) timed out after {duration:.1?}{remark}")),
        Outcome::Skipped(SkipReason::Budget) => Line::new(format_args!("handler `{name}` ({location}) skipped: the budget of the run is used up")),
        Outcome::Exited(code) => Line::new(format_args!("handler `{name}` ({location}) ended after {duration:.1?} by exiting with {code}")),
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
