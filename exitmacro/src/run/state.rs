//! The state of the run, and how it moves from one handler to the next. Knows no lock, no thread and no clock: its methods are told the time.

use super::line::{Line, Took};
use super::order::Order;
use super::report::{HandlerReport, HandlerThread, Outcome, Report, SkipReason};
use super::{LIVE, Limits, TerminationMessage, skip};
use crate::handler::context::{ExitContext, ExitReason};
use crate::handler::declared::Declared;
use crate::handler::moment::Moment;
use crate::handler::registered::{Action, Entry, HandlerId, Table};
use crate::handler::{Location, Rank, Returned};
use crate::sys::{self, ThreadKey, ThreadWatch};
use core::time::Duration;
use std::borrow::Cow;
use std::thread::JoinHandle;

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
    /// A panic aborts the process when the run is over.
    pub(super) aborts: bool,
}

/// What is to be called.
pub(super) enum Job {
    Declared(fn(&ExitContext) -> Returned),
    Registered(Action),
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
    pub(super) deadline: Moment,
    pub(super) started: Moment,
    pub(super) worker: Worker,
    subject: Option<Subject>,
    remark: &'static str,
    /// On its way to the caller, who has not picked it up yet.
    handed_over: Option<Turn>,
}

/// What a report says about a handler whatever becomes of it.
enum Subject {
    Declared(&'static Declared),
    Registered { name: Cow<'static, str>, location: Location, priority: i32 },
}

impl Subject {
    fn name(&self) -> &str {
        match self {
            Self::Declared(handler) => handler.name(),
            Self::Registered { name, .. } => name,
        }
    }
}

/// What became of one handler. Half the size of a [`HandlerReport`], which most runs never ask for.
struct Record {
    subject: Subject,
    outcome: Outcome,
    started: Moment,
    ended: Moment,
    thread: Option<HandlerThread>,
}

impl Record {
    fn report(&self, run_started: Moment) -> HandlerReport {
        let (name, location, priority) = match &self.subject {
            Subject::Declared(handler) => (Cow::Borrowed(handler.name()), handler.location(), handler.own_priority()),
            Subject::Registered { name, location, priority } => (name.clone(), *location, *priority),
        };
        HandlerReport {
            name,
            location,
            priority,
            outcome: self.outcome.clone(),
            start: self.started.since(run_started),
            duration: self.ended.since(self.started),
            thread: self.thread,
        }
    }
}

/// What a runner does next.
pub(super) enum Step {
    Execute(Turn),
    /// The caller executes it; the runner waits.
    HandedOver(u64),
    /// That one was left out.
    Skipped,
    /// All handlers have run, some of them failed, and this file is to be told.
    LeaveMessage(TerminationMessage),
    Over,
}

/// What became of the attempt to skip one more handler.
pub(super) enum Skip {
    One,
    /// None is left, and this file is to be told.
    LeaveMessage(TerminationMessage),
    Over,
}

/// What became of the attempt to be the one that ends the process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Mine,
    /// Another one was about to, and stops.
    TakenOver,
    /// Another one does, inside libc's `exit`.
    Refused,
}

pub(super) struct Run {
    pub(super) phase: Phase,
    /// The thread that is going to end the process.
    pub(super) exiting: Option<ThreadKey>,
    /// That thread is inside libc's `exit`.
    exiting_inside: bool,
    /// Somebody asked for the end of the process by `exitmacro::exit`.
    pub(super) exit_asked: bool,
    pub(super) out_of_budget: bool,
    /// The caller hangs in a handler, so that a runner took its place.
    pub(super) caller_lost: bool,
    pub(super) terms: Option<Terms>,
    pub(super) current: Option<Current>,
    /// When the supervisor will look next; a runner that needs it earlier wakes it.
    pub(super) wakes_at: Moment,
    /// Counts the runner threads; the last one is the one that counts.
    pub(super) runners: u32,
    pub(super) runner_has_left: bool,
    pub(super) runner: Option<JoinHandle<()>>,
    pub(super) runner_was_joined: bool,
    declared: &'static [Declared],
    order: Order,
    started: Moment,
    budget_end: Moment,
    turns: u64,
    flushed: bool,
    abandoned: Vec<ThreadKey>,
    trace: bool,
    has_failures: bool,
    log: Vec<Record>,
}

impl Run {
    pub(super) const fn new() -> Self {
        Self {
            phase: Phase::Idle,
            exiting: None,
            exiting_inside: false,
            exit_asked: false,
            out_of_budget: false,
            caller_lost: false,
            terms: None,
            current: None,
            wakes_at: Moment::NEVER,
            runners: 0,
            runner_has_left: false,
            runner: None,
            runner_was_joined: false,
            declared: &[],
            order: Order::empty(),
            started: Moment::NEVER,
            budget_end: Moment::NEVER,
            turns: 0,
            flushed: false,
            abandoned: Vec::new(),
            trace: false,
            has_failures: false,
            log: Vec::new(),
        }
    }

    /// Forgets the run of the parent in a forked child. Turns go on counting, so that the handler that forked is nobody's turn here.
    pub(super) fn disown(&mut self) {
        let fresh = Self { turns: self.turns, ..Self::new() };
        // Not dropped: the values belong to the parent, and freeing memory is not allowed here.
        core::mem::forget(core::mem::replace(self, fresh));
    }

    /// `owned` says whether the declared handlers are this process's; the budget counts from `since`.
    pub(super) fn begin(&mut self, terms: Terms, declared: &'static [Declared], owned: bool, table: &mut Table, now: Moment, since: Moment) {
        self.phase = Phase::Going;
        self.terms = Some(terms);
        self.declared = declared;
        self.order = Order::of(declared, owned, table);
        self.started = now;
        self.trace = terms.limits.trace;
        self.budget_end = since.plus(terms.limits.budget);
        table.begin_run();
    }

    pub(super) fn end(&mut self, table: &mut Table) {
        table.close();
        self.current = None;
        self.phase = Phase::Over;
        self.settle_status();
    }

    /// Lets a failed handler turn success into failure, where the program asked for that. A status that says failure already stays, and so does that of a signal.
    fn settle_status(&self) {
        let Some(terms) = self.terms.filter(|_| self.has_failures) else { return };
        if let Some(code) = terms.limits.on_failure
            && LIVE.code() == Some(0)
            && !matches!(terms.reason, ExitReason::Signal(_))
        {
            LIVE.set_code(Some(code));
        }
    }

    /// The file that is to be told which handlers failed, once: when some did.
    pub(super) fn take_termination_message(&mut self) -> Option<TerminationMessage> {
        if !self.has_failures {
            return None;
        }
        self.terms.as_mut()?.limits.termination_message.take()
    }

    pub(super) fn report(&self) -> Report {
        let reason = self.terms.map_or(ExitReason::Requested, |terms| terms.reason);
        Report { reason, handlers: self.log.iter().map(|record| record.report(self.started)).collect() }
    }

    #[cfg(feature = "resources")]
    pub(super) fn has_failures(&self) -> bool {
        self.has_failures
    }

    pub(super) fn budget_end(&self) -> Moment {
        self.budget_end
    }

    pub(super) fn budget_is_over(&self, now: Moment) -> bool {
        self.budget_end <= now
    }

    pub(super) fn reason(&self) -> ExitReason {
        self.terms.map_or(ExitReason::Requested, |terms| terms.reason)
    }

    /// Makes `thread`, which is inside libc's `exit`, the one that ends the process.
    pub(super) fn claim_inside_exit(&mut self, thread: ThreadKey) -> Claim {
        let claim = match self.exiting {
            Some(other) if other != thread && self.exiting_inside => Claim::Refused,
            Some(other) if other != thread => Claim::TakenOver,
            _ => Claim::Mine,
        };
        if claim != Claim::Refused {
            self.exiting = Some(thread);
            self.exiting_inside = true;
            if let Some(terms) = &mut self.terms {
                terms.inside_exit = true;
            }
        }
        claim
    }

    pub(super) fn is_inside_exit(&self, thread: ThreadKey) -> bool {
        self.exiting == Some(thread) && self.exiting_inside
    }

    /// Makes `thread` the one that ends the process; `false` when that is another one already.
    pub(super) fn claim_exit(&mut self, thread: ThreadKey) -> bool {
        *self.exiting.get_or_insert(thread) == thread
    }

    /// Whether `thread` is the one that supervises, or runs handlers in place of the runner.
    pub(super) fn is_callers(&self, thread: ThreadKey) -> bool {
        self.phase == Phase::Going && self.terms.is_some_and(|terms| terms.caller.thread == thread)
    }

    pub(super) fn is_abandoned(&self, thread: ThreadKey) -> bool {
        self.abandoned.contains(&thread)
    }

    /// Whether `thread` is executing the handler whose turn it is.
    pub(super) fn is_inside(&self, thread: ThreadKey) -> bool {
        self.phase == Phase::Going && self.current.as_ref().is_some_and(|current| current.worker.thread == thread && current.handed_over.is_none())
    }

    /// When the handler whose turn it is has used up its own timeout.
    pub(super) fn own_deadline(&self) -> Moment {
        self.current.as_ref().map_or(Moment::NEVER, |current| current.deadline)
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

    /// Whether no runner needs to be waited for: it was already, or there is none but the caller, or the budget ended before the runner did.
    pub(super) fn has_no_runner(&self) -> bool {
        self.runner_was_joined || self.out_of_budget || self.terms.is_none_or(|terms| terms.inline)
    }

    /// The worker that executes the handler whose turn it is, if that is the calling `thread`.
    pub(super) fn current_on(&self, thread: ThreadKey) -> Option<(Worker, Terms)> {
        let worker = self.is_inside(thread).then_some(self.current.as_ref()?.worker)?;
        Some((worker, self.terms?))
    }

    /// Takes the turn that waits for the caller.
    pub(super) fn pick_up(&mut self) -> Option<Turn> {
        self.current.as_mut()?.handed_over.take()
    }

    /// Ends the turn, and says in `line` what stderr should hear of it. `false` when that turn is over already: the handler was abandoned.
    pub(super) fn settle(&mut self, finished: Finished, now: Moment, table: &mut Table, line: &mut Line) -> bool {
        if let Some(id) = finished.id {
            table.ended(id);
        }
        match self.current.take() {
            Some(current) if current.number == finished.number => {
                self.record(current, finished.outcome, now, line);
                true
            }
            other => {
                self.current = other;
                let thread = sys::thread_key();
                self.abandoned.retain(|&abandoned| abandoned != thread);
                false
            }
        }
    }

    fn record(&mut self, current: Current, outcome: Outcome, now: Moment, line: &mut Line) {
        let Some(subject) = current.subject else {
            return flush_line(&outcome, line);
        };
        let unsupervised = self.terms.is_some_and(|terms| terms.inline);
        let late = unsupervised && current.deadline < now && outcome == Outcome::Completed;
        let outcome = if late { Outcome::TimedOut } else { outcome };
        self.log(Record { subject, outcome, started: current.started, ended: now, thread: Some(current.worker.on) }, current.remark, line);
    }

    fn log(&mut self, record: Record, remark: &str, line: &mut Line) {
        self.has_failures |= record.outcome.is_failure();
        if self.trace || !record.outcome.is_success() {
            outcome_line(&record.report(self.started), remark, line);
        }
        // Without memory the report is shorter; the line is still printed.
        if self.log.try_reserve(1).is_ok() {
            self.log.push(record);
        }
    }

    /// Gives up the handler whose turn it is: another runner goes on. `why` is added to its line.
    pub(super) fn abandon(&mut self, why: &'static str, now: Moment, line: &mut Line) {
        let Some(mut current) = self.current.take() else { return };
        current.remark = why;
        // Whoever sees another turn number knows that it was abandoned.
        self.turns += 1;
        LIVE.set_turn(self.turns);
        if self.abandoned.try_reserve(1).is_ok() {
            self.abandoned.push(current.worker.thread);
        }
        // Not dropped: that would run code of the user, under a lock.
        core::mem::forget(current.handed_over.take());
        self.record(current, Outcome::TimedOut, now, line);
    }

    /// The handler whose turn it is and that runs on the calling thread did something that never returns to it.
    pub(super) fn leave(&mut self, outcome: Outcome, now: Moment, line: &mut Line) {
        if let Some(current) = self.current.take() {
            self.record(current, outcome, now, line);
        }
    }

    /// Takes the next handler off the table.
    pub(super) fn next(&mut self, now: Moment, table: &mut Table, worker: Worker, line: &mut Line) -> Step {
        if self.phase != Phase::Going || self.out_of_budget {
            return Step::Over;
        }
        if let Some(taken) = self.take(table) {
            self.flushed = false;
            if self.is_to_be_skipped(&taken) {
                self.skip(taken, SkipReason::Environment, now, table, line);
                return Step::Skipped;
            }
            return self.turn(taken, now, worker);
        }
        if let Some(message) = self.take_termination_message() {
            return Step::LeaveMessage(message);
        }
        if !self.flushed && self.may_flush() {
            self.flushed = true;
            // The caller flushes, because it may itself hold the lock of stdout, which it can take twice.
            return self.turn(Taken { subject: None, id: None, job: Job::Flush, limit: FLUSH_PATIENCE, wants_caller: true }, now, worker);
        }
        self.end(table);
        Step::Over
    }

    /// Where nobody supervises, another thread that holds the lock of stdout would stop the end of the process. In a shared object that is going away no other thread is
    /// left.
    fn may_flush(&self) -> bool {
        self.terms.is_some_and(|terms| !terms.inline || terms.reason == ExitReason::Unload)
    }

    fn take(&mut self, table: &mut Table) -> Option<Taken> {
        let default = self.terms?.limits.timeout;
        loop {
            let next = self.order.peek(table);
            if let Some(late) = table.latecomer_before(next) {
                let (id, entry) = table.take(late)?;
                return Some(Taken::registered(id, entry, default));
            }
            let rank = next?;
            self.order.pass(rank);
            if rank.is_declared() {
                return Some(Taken::declared(&self.declared[rank.index as usize], default));
            }
            if let Some((id, entry)) = table.take(rank) {
                return Some(Taken::registered(id, entry, default));
            }
        }
    }

    fn turn(&mut self, taken: Taken, now: Moment, worker: Worker) -> Step {
        let Taken { subject, id, job, limit, wants_caller } = taken;
        self.turns += 1;
        LIVE.set_turn(self.turns);
        let number = self.turns;
        let deadline = now.plus(limit);
        let reason = self.terms.map_or(ExitReason::Requested, |terms| terms.reason);
        let context = ExitContext { reason, deadline: deadline.min(self.budget_end), turn: number, live: &LIVE };
        let turn = Turn { number, id, job, context };
        let current = Current { number, deadline, started: now, worker, subject, remark: "", handed_over: None };
        match self.terms {
            Some(terms) if wants_caller && worker.on == HandlerThread::Runner && !self.caller_lost => {
                self.current = Some(Current { worker: terms.caller, handed_over: Some(turn), ..current });
                Step::HandedOver(number)
            }
            _ => {
                self.current = Some(current);
                Step::Execute(turn)
            }
        }
    }

    /// Takes one more of the remaining handlers off the table, without running it. To be called until it is over, when the budget is used up.
    pub(super) fn skip_one(&mut self, now: Moment, table: &mut Table, line: &mut Line) -> Skip {
        self.out_of_budget = true;
        if self.current.is_some() {
            self.abandon("; the budget of the run is used up", now, line);
            return Skip::One;
        }
        let Some(taken) = self.take(table) else {
            if let Some(message) = self.take_termination_message() {
                return Skip::LeaveMessage(message);
            }
            self.end(table);
            return Skip::Over;
        };
        self.skip(taken, SkipReason::Budget, now, table, line);
        Skip::One
    }

    fn is_to_be_skipped(&self, taken: &Taken) -> bool {
        let patterns = self.terms.and_then(|terms| terms.limits.skip);
        patterns.zip(taken.subject.as_ref()).is_some_and(|(patterns, subject)| skip::is_asked_for(patterns, subject.name()))
    }

    fn skip(&mut self, taken: Taken, reason: SkipReason, now: Moment, table: &mut Table, line: &mut Line) {
        if let Job::Registered(action) = taken.job {
            // Dropping it would run code of the user, which nothing bounds and which may be what is to be left out.
            core::mem::forget(action);
        }
        if let Some(id) = taken.id {
            table.ended(id);
        }
        if let Some(subject) = taken.subject {
            self.log(Record { subject, outcome: Outcome::Skipped(reason), started: now, ended: now, thread: None }, "", line);
        }
    }

    /// The ranks of the declared handlers that still wait.
    pub(super) fn declared_left(&self) -> Vec<Rank> {
        self.order.declared_left()
    }
}

/// A handler that was taken off the table.
struct Taken {
    subject: Option<Subject>,
    id: Option<HandlerId>,
    job: Job,
    limit: Duration,
    wants_caller: bool,
}

impl Taken {
    /// `default` is the timeout of a handler that says nothing about it.
    fn declared(handler: &'static Declared, default: Duration) -> Self {
        Self {
            subject: Some(Subject::Declared(handler)),
            id: None,
            job: Job::Declared(handler.function()),
            limit: handler.limit(default),
            wants_caller: handler.wants_caller(),
        }
    }

    fn registered(id: HandlerId, entry: Entry, default: Duration) -> Self {
        let (limit, wants_caller) = (entry.limit(default), entry.wants_caller());
        let (location, priority) = (entry.location(), entry.priority());
        let (name, action) = entry.into_name_and_action();
        let subject = Some(Subject::Registered { name, location, priority });
        Self { subject, id: Some(id), job: Job::Registered(action), limit, wants_caller }
    }
}

fn flush_line(outcome: &Outcome, line: &mut Line) {
    if *outcome == Outcome::TimedOut {
        line.set(format_args!("stdout was not flushed within {}: nobody reads it, or another thread holds its lock", Took(FLUSH_PATIENCE)));
    }
}

#[cold]
fn outcome_line(handler: &HandlerReport, remark: &str, line: &mut Line) {
    let HandlerReport { name, location, priority, outcome, duration, .. } = handler;
    let took = Took(*duration);
    match outcome {
        Outcome::Completed => line.set(format_args!("handler `{name}` ({location}, priority {priority}) completed after {took}")),
        Outcome::Failed(message) => line.set(format_args!("handler `{name}` ({location}) failed after {took}: {message}")),
        Outcome::Panicked(message) => line.set(format_args!("handler `{name}` ({location}) panicked after {took}: {message}")),
        Outcome::TimedOut => line.set(format_args!("handler `{name}` ({location}) timed out after {took}{remark}")),
        Outcome::Skipped(SkipReason::Environment) => line.set(format_args!("handler `{name}` ({location}) skipped: EXITMACRO_SKIP asks for that")),
        Outcome::Skipped(SkipReason::Budget) => line.set(format_args!("handler `{name}` ({location}) skipped: the budget of the run is used up")),
        Outcome::Exited(code) => line.set(format_args!("handler `{name}` ({location}) ended after {took} by exiting with {code}")),
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
