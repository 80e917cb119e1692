//! The state of the run, and how it moves from one handler to the next. Knows no lock, no thread
//! and no clock: its methods are told the time.

use super::active::Active;
use super::crew::Crew;
use super::departure::{Departure, HEAD_START};
use super::exit_watcher::FIRST_LOOK;
use super::exiting::Exiting;
use super::last_word::LastWord;
use super::lease::Leased;
use super::limits::LogLevel;
use super::line::Line;
use super::order::{Next, Order, Place};
use super::record::{End, Log, Record, Subject};
use super::report::{HandlerThread, Limit, Outcome, Report, SkipReason};
use super::stopped::StoppedThreads;
use super::turn::{Job, Taken, Turn, flush_line};
use super::worker::Worker;
use super::{IS_OVER, LIVE, Limits, TerminationMessage, skip, when};
use crate::handler::context::{self, ExitContext, ExitReason, Live};
use crate::handler::declared::Declared;
use crate::handler::moment::Moment;
use crate::handler::registered::{HandlerId, Table};
use crate::handler::{Rank, When};
use crate::plan::{Cycle, Interrupt, Unplanned};
use crate::sys::{self, ThreadKey};
use core::time::Duration;
use std::sync::atomic::Ordering;

/// When less is left of the budget, a handler may have all of it: nobody could do much with a
/// tenth.
const LEAST_SHARED: Duration = Duration::from_millis(100);

/// What becomes of the process when a late handler has called std's exit.
const STD_IS_LOCKED: &str = "If that was `std::process::exit`, std stops every other thread that calls it or returns from a plain `main`; \
                             `exitmacro::exit` and `#[exitmacro::main]` still end the process";

/// How long a handler that keeps its own time has for that after its time is over: to drop its
/// future.
const DROP_PATIENCE: Duration = Duration::from_millis(250);

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
    /// A panic aborts the process when the run is over.
    pub(super) aborts: bool,
    /// A future waits for the end of the run, and becomes ready when the caller has come back. So
    /// the caller must not hang in a handler: all of them run on the runner.
    pub(super) awaited: bool,
    /// Asked while a plan is made, which may take long.
    pub(super) clock: fn() -> Moment,
}

/// A handler that ended.
pub(super) struct Finished {
    pub(super) number: u64,
    pub(super) id: Option<HandlerId>,
    pub(super) outcome: Outcome,
}

/// A handler that is running.
pub(super) struct Current {
    pub(super) number: u64,
    /// Where its number can be read without a lock.
    slot: usize,
    pub(super) deadline: Moment,
    pub(super) started: Moment,
    pub(super) worker: Worker,
    place: Option<Place>,
    pub(super) subject: Option<Subject>,
    /// What bounds its time.
    pub(super) limit: Limit,
    /// On its way to the caller, who has not picked it up yet.
    handed_over: Option<Turn>,
}

impl Current {
    pub(super) fn is_handed_over(&self) -> bool {
        self.handed_over.is_some()
    }

    /// Its timeout, where nothing else ends it, and it is simple.
    pub(super) fn simple_timeout(&self) -> Option<Duration> {
        match (&self.subject, self.limit) {
            (Some(subject), Limit::Timeout(timeout)) if subject.is_simple() => Some(timeout),
            _ => None,
        }
    }

    /// Counts its time from `now` on, up to `end` of the budget.
    fn begin_anew(&mut self, now: Moment, end: Moment) {
        let waited = now.since(self.started);
        self.started = now;
        self.deadline = self.deadline.plus(waited);
        if let Some(turn) = &mut self.handed_over {
            turn.context.deadline =
                turn.context.deadline.plus(waited).min(end.max(turn.context.deadline));
        }
    }
}

/// A thread that a handler has not given back.
struct Abandoned {
    thread: ThreadKey,
    /// Where that handler stands in the log.
    record: Option<usize>,
}

/// What a runner does next.
pub(super) enum Step {
    Execute(Turn),
    /// The caller executes it; the runner waits.
    HandedOver(u64),
    /// That one was left out, or there is something else to be printed first.
    Told,
    /// Nothing may start before one that is running is over.
    Later,
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
    /// Another one was about to, and stops. The calling one ends the process in its place, with its
    /// status.
    TakenOver,
    /// Another one does.
    Refused,
}

pub(crate) struct Run {
    pub(super) phase: Phase,
    /// Which thread is going to end the process.
    pub(super) exiting: Exiting,
    /// A handler asked for the end of the process.
    pub(super) exit_asked: bool,
    /// The run was started by hand, and the end of the process was asked for before it was over.
    pub(super) end_came_meanwhile: bool,
    pub(super) out_of_budget: bool,
    /// The caller hangs in a handler, so that a runner took its place.
    pub(super) caller_lost: bool,
    pub(super) terms: Option<Terms>,
    pub(super) active: Active,
    /// When the supervisor will look next; a runner that needs it earlier wakes it.
    pub(super) wakes_at: Moment,
    /// How many threads wait for a change of this state.
    pub(super) waiting: usize,
    /// How many of them keep the clock, and look again at `wakes_at`.
    pub(super) supervising: usize,
    pub(super) crew: Crew,
    pub(super) stopped: StoppedThreads,
    pub(super) last_word: LastWord,
    pub(super) declared: &'static [Declared],
    pub(super) order: Order,
    pub(super) leased: Leased,
    /// What the handlers see of the run.
    pub(super) live: &'static Live,
    started: Moment,
    budget_end: Moment,
    pub(super) turns: u64,
    flushed: bool,
    /// A runner that ends the run when it has left.
    pub(super) departure: Option<Departure>,
    /// There was one.
    pub(super) departed: bool,
    abandoned: Vec<Abandoned>,
    /// Cycles that stderr has not heard of yet.
    untold: Vec<Cycle>,
    /// What stands against the order of handlers that came during the run, and stderr has not heard
    /// of yet.
    unplanned: Option<Unplanned>,
    /// The patterns of handlers to leave out that have not been looked at yet at the end of the
    /// run, when one of no handler is named.
    patterns: Option<&'static str>,
    has_failures: bool,
    log: Log,
    /// The limits that handlers did not keep, and the places of these handlers in the log. Apart,
    /// because most do.
    limits: Vec<(usize, Limit)>,
}

impl Run {
    pub(super) const fn new() -> Self {
        Self {
            phase: Phase::Idle,
            exiting: Exiting::new(),
            exit_asked: false,
            end_came_meanwhile: false,
            out_of_budget: false,
            caller_lost: false,
            terms: None,
            active: Active::new(),
            wakes_at: Moment::NEVER,
            waiting: 0,
            supervising: 0,
            crew: Crew::new(),
            stopped: StoppedThreads::new(),
            last_word: LastWord::Spoken,
            declared: &[],
            order: Order::empty(),
            leased: Leased::NOTHING,
            live: &LIVE,
            started: Moment::NEVER,
            budget_end: Moment::NEVER,
            turns: 0,
            flushed: false,
            departure: None,
            departed: false,
            abandoned: Vec::new(),
            untold: Vec::new(),
            unplanned: None,
            patterns: None,
            has_failures: false,
            log: Log::new(),
            limits: Vec::new(),
        }
    }

    /// Forgets the run of the parent in a forked child. Turns go on counting, so that the handler
    /// that forked is nobody's turn here.
    pub(super) fn disown(&mut self) {
        let fresh = Self { turns: self.turns, ..Self::new() };
        // Not dropped: the values belong to the parent, and freeing memory is not allowed here.
        core::mem::forget(core::mem::replace(self, fresh));
    }

    /// `owned` says whether the declared handlers are this process's; the budget counts from
    /// `since`. Answers with what stands against the order that handlers ask for by `after`,
    /// `before` and `concurrent`: priorities settle it then.
    pub(super) fn begin(
        &mut self,
        terms: Terms,
        declared: &'static [Declared],
        owned: bool,
        table: &mut Table,
        now: Moment,
        since: Moment,
    ) -> Option<Unplanned> {
        self.phase = Phase::Going;
        self.terms = Some(terms);
        self.declared = declared;
        // A forked child has few of the handlers, and a shared object others than the program:
        // there it would say nothing.
        self.patterns = terms.limits.skip.filter(|_| owned && terms.reason != ExitReason::Unload);
        self.started = now;
        self.budget_end = since.plus(terms.limits.budget);
        let end = self.planning_end(now);
        let (order, unplanned) =
            Order::of(declared, owned, table, &mut Interrupt::new(&mut || (terms.clock)() < end));
        self.order = order;
        self.untold = self.order.take_cycles(declared, table);
        table.begin_run();
        unplanned
    }

    /// When the making of a plan that begins now has to end: after a tenth of what is left of the
    /// budget. Priorities settle the order then, so that no handler is skipped because a plan was
    /// slow.
    pub(super) fn planning_end(&self, now: Moment) -> Moment {
        if self.budget_end == Moment::NEVER {
            self.budget_end
        } else {
            now.plus(self.budget_end.since(now) / 10)
        }
    }

    pub(super) fn end(&mut self, table: &mut Table) {
        table.close();
        self.be_over();
    }

    /// The same, when the table was closed before.
    pub(super) fn be_over(&mut self) {
        self.phase = Phase::Over;
        IS_OVER.store(true, Ordering::Release);
        self.settle_status();
    }

    fn settle_status(&self) {
        LIVE.set_code(self.status());
    }

    /// The status as things stand. A failed handler turns success into failure, where the program
    /// asked for that. A status that says failure already stays, and so does that of a signal.
    fn status(&self) -> Option<i32> {
        let code = LIVE.code();
        let terms = self.terms.filter(|terms| {
            self.has_failures
                && code.is_some_and(|code| sys::as_the_parent_sees(code) == 0)
                && !matches!(terms.reason, ExitReason::Signal(_))
        });
        terms.and_then(|terms| terms.limits.on_failure).or(code)
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
        let mut limits = self.limits.iter().copied().peekable();
        let handlers = self.log.iter().enumerate().map(|(place, record)| {
            let limit = limits.next_if(|&(of, _)| of == place).map(|(_, limit)| limit);
            record.report(self.started, limit)
        });
        Report { reason, handlers: handlers.collect() }
    }

    #[cfg(feature = "resources")]
    pub(super) fn has_failures(&self) -> bool {
        self.has_failures
    }

    pub(super) fn gave_up_a_handler(&self) -> bool {
        self.log.iter().any(|record| record.outcome == Outcome::TimedOut)
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

    /// Whether the status that the run knows of is the one that the process ends with. After a run
    /// by hand the process goes on, and ends as it likes.
    pub(super) fn has_the_last_word(&self) -> bool {
        self.reason() != ExitReason::Requested || self.end_came_meanwhile || self.exit_asked
    }

    pub(super) fn has_abandoned(&self) -> bool {
        !self.abandoned.is_empty()
    }

    /// Stdout is to be flushed, by another one than was about to.
    pub(super) fn flush_is_due(&mut self) {
        self.flushed = false;
    }

    pub(super) fn is_abandoned(&self, thread: ThreadKey) -> bool {
        self.abandoned.iter().any(|abandoned| abandoned.thread == thread)
    }

    /// Whether `thread` belongs to a handler that was abandoned, so that no end of the process that
    /// it asks for counts. The thread that started a run by hand is no stray: when it leaves the
    /// handler by ending the process, `main` or whatever called the run cannot go on.
    pub(super) fn is_stray(&self, thread: ThreadKey) -> bool {
        let started_it_by_hand = || {
            self.reason() == ExitReason::Requested
                && self.terms.is_some_and(|terms| terms.caller.thread == thread)
        };
        self.is_abandoned(thread) && !started_it_by_hand()
    }

    /// The handler that was abandoned on `thread`, if it has a name.
    pub(super) fn abandoned_name(&self, thread: ThreadKey) -> Option<&str> {
        let abandoned = self.abandoned.iter().find(|abandoned| abandoned.thread == thread)?;
        Some(self.log.get(abandoned.record?)?.subject.name())
    }

    /// Whether `thread` is executing a handler.
    pub(super) fn is_inside(&self, thread: ThreadKey) -> bool {
        self.phase == Phase::Going && self.active.on(thread).is_some()
    }

    /// When the first of the handlers that are running has used up its own timeout.
    pub(super) fn next_deadline(&self) -> Moment {
        self.active.iter().map(|current| current.deadline).min().unwrap_or(Moment::NEVER)
    }

    /// Whether the caller has used up the time of the handler that it was handed, or of the run.
    /// The time of a handler that the caller has not come for yet, on a busy machine, has not
    /// begun.
    pub(super) fn caller_hangs_in(&mut self, turn: u64, now: Moment) -> bool {
        let end = self.budget_end;
        let overdue = self
            .active
            .iter_mut()
            .find(|current| current.number == turn && current.deadline <= now);
        let hangs = overdue.is_some_and(|current| {
            let has_begun = !current.is_handed_over();
            if !has_begun {
                current.begin_anew(now, end);
            }
            has_begun
        });
        hangs || self.budget_is_over(now)
    }

    /// Whether a thread waits that would hear too late of the end of the run if it was not told.
    /// The supervisor is told when the last runner has left. Unless it will look soon by itself, it
    /// is told of the end of the run as well: from then on a runner has a limited time to leave.
    #[cold]
    #[inline(never)]
    pub(super) fn end_is_awaited(&self, now: Moment) -> bool {
        if self.departure.is_some() {
            // Nothing is over yet. But the supervisor has to look in time at the flush.
            return now.plus(HEAD_START) < self.wakes_at;
        }
        self.waiting > self.supervising || now.plus(FIRST_LOOK) < self.wakes_at
    }

    /// A handler that has used up its own timeout.
    pub(super) fn overdue(&self, now: Moment) -> Option<&Current> {
        self.active.iter().find(|current| current.deadline <= now)
    }

    /// Whether the handler of this turn is still running.
    pub(super) fn is_turn(&self, number: u64) -> bool {
        self.active.turn(number).is_some()
    }

    /// Notes that no thread can be started, so that the caller executes handlers itself and nobody
    /// keeps the clock.
    pub(super) fn supervise_nobody(&mut self) {
        if let Some(terms) = &mut self.terms {
            terms.inline = true;
        }
    }

    /// Whether no runner needs to be waited for: all were already, or there is none but the caller,
    /// or the budget ended before they did.
    pub(super) fn has_no_runner(&self) -> bool {
        self.crew.is_empty() || self.out_of_budget || self.terms.is_none_or(|terms| terms.inline)
    }

    /// The turn of the handler that the calling `thread` is executing, and who that is.
    pub(super) fn current_on(&self, thread: ThreadKey) -> Option<(u64, Worker, Terms)> {
        let current = self.active.on(thread).filter(|_| self.phase == Phase::Going)?;
        Some((current.number, current.worker, self.terms?))
    }

    /// Takes the turn that waits for the caller. Its time begins now.
    pub(super) fn pick_up(&mut self, now: Moment) -> Option<Turn> {
        let end = self.budget_end;
        let current = self.active.iter_mut().find(|current| current.is_handed_over())?;
        current.begin_anew(now, end);
        current.handed_over.take()
    }

    /// Ends the turn, and says in `line` what stderr should hear of it. `false` when that turn is
    /// over already: the handler was abandoned.
    pub(super) fn settle(
        &mut self,
        finished: Finished,
        now: Moment,
        table: &mut Table,
        line: &mut Line,
    ) -> bool {
        if let Some(id) = finished.id {
            table.ended(id);
        }
        if self.finish(finished.number, finished.outcome, End::OfItself, now, line).is_some() {
            return true;
        }
        let thread = sys::thread_key();
        self.abandoned.retain(|abandoned| abandoned.thread != thread);
        false
    }

    /// The handler of this turn is over. The worker that was at it.
    #[inline]
    fn finish(
        &mut self,
        number: u64,
        outcome: Outcome,
        end: End,
        now: Moment,
        line: &mut Line,
    ) -> Option<Worker> {
        let current = self.active.turn_mut(number)?;
        let (place, worker, subject) = (current.place, current.worker, current.subject.take());
        let Current { deadline, started, limit, .. } = *current;
        self.active.forget(number);
        self.leased = Leased::NOTHING;
        if let Some(place) = place {
            self.order.over(place);
        }
        let Some(subject) = subject else {
            if self.terms.as_ref().is_none_or(|terms| !terms.limits.stdout_may_be_locked) {
                flush_line(&outcome, limit, line);
            }
            return Some(worker);
        };
        let unsupervised = self.terms.as_ref().is_some_and(|terms| terms.inline);
        let late = unsupervised && deadline < now && outcome == Outcome::Completed;
        let (outcome, end) = if late { (Outcome::TimedOut, End::Late) } else { (outcome, end) };
        // One that std has parked is found before its time has expired.
        let limit = (outcome == Outcome::TimedOut && end != End::Parked).then_some(limit);
        self.log(
            Record { subject, outcome, started, ended: now, thread: Some(worker.on) },
            limit,
            end,
            line,
        );
        Some(worker)
    }

    #[inline]
    fn log(&mut self, record: Record, limit: Option<Limit>, end: End, line: &mut Line) {
        self.has_failures |= record.outcome.is_failure();
        if self.is_said(&record.outcome) {
            line.set_outcome(record.report(self.started, limit), end);
        }
        self.keep(record, limit);
    }

    /// Without memory the report is shorter.
    #[inline]
    pub(super) fn keep(&mut self, record: Record, limit: Option<Limit>) {
        if let Some(limit) = limit {
            if !self.log.reserve_one() || self.limits.try_reserve(1).is_err() {
                return;
            }
            self.limits.push((self.log.len(), limit));
        }
        self.log.push(record);
    }

    fn is_said(&self, outcome: &Outcome) -> bool {
        !outcome.is_quiet()
            || self.terms.as_ref().is_some_and(|terms| terms.limits.log == LogLevel::Trace)
    }

    /// Abandons the handler of this turn; `false` when that has just ended.
    pub(super) fn abandon(&mut self, number: u64, end: End, now: Moment, line: &mut Line) -> bool {
        let Some(current) = self.active.turn(number) else { return false };
        let slot = current.slot;
        if current.is_handed_over() && current.subject.is_some() {
            // The caller did not come for it before the budget was used up.
            return self
                .finish(number, Outcome::Skipped(SkipReason::Budget), End::OfItself, now, line)
                .is_some();
        }
        // Whoever sees another turn number knows that it was abandoned.
        if !self.end_turn(slot, number) {
            return false;
        }
        let records = self.log.len();
        let Some(worker) = self.finish(number, Outcome::TimedOut, end, now, line) else {
            return false;
        };
        if self.abandoned.try_reserve(1).is_ok() {
            let has_record = self.log.len() > records;
            self.abandoned
                .push(Abandoned { thread: worker.thread, record: has_record.then_some(records) });
        }
        self.crew.dismiss(worker.runner);
        true
    }

    /// The handler of this turn did something that never returns to it, and its thread is lost with
    /// it.
    pub(super) fn leave(&mut self, number: u64, outcome: Outcome, now: Moment, line: &mut Line) {
        if let Some(worker) = self.finish(number, outcome, End::OfItself, now, line) {
            self.crew.dismiss(worker.runner);
        }
    }

    /// Takes the next handler off the table, if one may run beside those that are running.
    pub(super) fn next(
        &mut self,
        now: Moment,
        table: &mut Table,
        worker: Worker,
        line: &mut Line,
    ) -> Step {
        if self.phase != Phase::Going || self.out_of_budget {
            return Step::Over;
        }
        if self.has_order_to_tell() && self.tell_order(line) {
            return Step::Told;
        }
        if self.active.len() >= self.threads() || !self.active.reserve() {
            return Step::Later;
        }
        match self.take(now, table) {
            Ok(taken) => return self.take_up(taken, now, table, worker, line),
            Err(Untaken::Later) => return Step::Later,
            Err(Untaken::NothingLeft) if !self.active.is_empty() => return Step::Later,
            Err(Untaken::NothingLeft) => {}
        }
        if self.tell_unmatched(line) {
            return Step::Told;
        }
        if let Some(message) = self.take_termination_message() {
            return Step::LeaveMessage(message);
        }
        if !self.flushed && self.may_flush() {
            self.flushed = true;
            if self.depart(worker, now, table) {
                return Step::Over;
            }
            // The caller flushes, because it may itself hold the lock of stdout, which it can take
            // twice.
            let patience = self.terms.map_or(Duration::ZERO, |terms| terms.limits.flush());
            return self.turn(Taken::flush(patience), now, table, worker);
        }
        self.end(table);
        Step::Over
    }

    /// How many handlers may run at the same time.
    fn threads(&self) -> usize {
        self.terms.as_ref().map_or(1, |terms| {
            if terms.inline { 1 } else { terms.limits.threads.min(self.crew.limit()) }
        })
    }

    /// Whether one more runner would find something to do.
    pub(super) fn needs_help(&mut self) -> bool {
        self.phase == Phase::Going
            && !self.out_of_budget
            && self.active.len() < self.threads()
            && self.order.may_start_more()
    }

    #[inline(always)]
    fn take_up(
        &mut self,
        taken: Taken,
        now: Moment,
        table: &mut Table,
        worker: Worker,
        line: &mut Line,
    ) -> Step {
        self.flushed = false;
        match self.why_skipped(&taken) {
            Some(reason) => {
                self.skip(taken, reason, now, table, line);
                Step::Told
            }
            None => self.turn(taken, now, table, worker),
        }
    }

    fn has_order_to_tell(&self) -> bool {
        self.unplanned.is_some() || !self.untold.is_empty()
    }

    /// Says what is wrong with the order that handlers ask for, once: that it is not kept, or which
    /// of them wait for each other. `false` when there is nothing to say.
    fn tell_order(&mut self, line: &mut Line) -> bool {
        if let Some(unplanned) = self.unplanned.take() {
            line.set(format_args!("{unplanned}"));
            return true;
        }
        if self.untold.is_empty() {
            return false;
        }
        if let Some(cycles) = self.order.line_of_cycles(&self.untold) {
            line.set(format_args!("{cycles}"));
        }
        self.untold.clear();
        true
    }

    /// Says in `line` which pattern of handlers to leave out is that of none, one at a time.
    /// `false` when there is no other.
    fn tell_unmatched(&mut self, line: &mut Line) -> bool {
        let log = &self.log;
        let unmatched = skip::next_unmatched(&mut self.patterns, || {
            log.iter().map(|record| record.subject.name())
        });
        if let Some(pattern) = unmatched {
            line.set(format_args!("EXITMACRO_SKIP: `{pattern}` matches no handler of this run"));
        }
        unmatched.is_some()
    }

    /// Says in `line` that an abandoned handler asked for the end of the process on `thread`, which
    /// stops there.
    pub(super) fn tell_held(&self, thread: ThreadKey, line: &mut Line) {
        let name = self.abandoned_name(thread).unwrap_or_default();
        line.set(format_args!("handler `{name}` called `exit` after it was abandoned: its thread was stopped, and the process continues. {STD_IS_LOCKED}"));
    }

    /// Where nobody supervises, another thread that holds the lock of stdout would stop the end of
    /// the process. In a shared object that is going away no other thread is left.
    fn may_flush(&self) -> bool {
        self.terms.is_some_and(|terms| !terms.inline || terms.reason == ExitReason::Unload)
    }

    fn take(&mut self, now: Moment, table: &mut Table) -> Result<Taken, Untaken> {
        let terms = self.terms.as_ref().ok_or(Untaken::NothingLeft)?;
        let (clock, default) = (terms.clock, terms.limits.timeout);
        if self.order.has_news(table) {
            let end = self.planning_end(now);
            let unplanned = self.order.take_in(
                self.declared,
                table,
                &mut Interrupt::new(&mut || clock() < end),
            );
            self.unplanned = self.unplanned.or(unplanned);
        }
        loop {
            let is_busy = !self.active.is_empty();
            let place = match self.order.next(table, is_busy) {
                Next::Run(place) => place,
                Next::Later => return Err(Untaken::Later),
                Next::Nothing => return Err(Untaken::NothingLeft),
            };
            // Before its name is gone: it may be one that closed a cycle when it came late.
            let cycles = self.order.take_cycles(self.declared, table);
            if !cycles.is_empty() {
                self.untold.extend(cycles);
            }
            if place.rank.is_declared() {
                return Ok(Taken::declared(
                    place,
                    &self.declared[place.rank.index as usize],
                    default,
                ));
            }
            if let Some((id, entry)) = table.take(place.rank) {
                return Ok(Taken::registered(place, id, entry, default));
            }
            self.order.over(place);
        }
    }

    #[inline(always)]
    fn turn(&mut self, taken: Taken, now: Moment, table: &Table, worker: Worker) -> Step {
        let Taken { place, subject, id, job, limit: timeout, wants_caller, keeps_time, .. } = taken;
        self.turns += 1;
        let (number, slot) = (self.turns, self.free_slot());
        self.live.set_turn(slot, number);
        let terms = self.terms.as_ref();
        let reason = terms.map_or(ExitReason::Requested, |terms| terms.reason);
        let timeout_end = now.plus(timeout);
        // Most handlers may take a small part of what is left, so that nothing else bounds them,
        // whatever waits.
        let is_short = timeout_end <= self.budget_end.without_tenth(now);
        let limit = if is_short {
            Limit::Timeout(timeout)
        } else {
            self.limit(timeout, keeps_time, now, table)
        };
        let deadline = if is_short { timeout_end } else { now.plus(limit.duration()) };
        // Where the whole budget is the limit, the end of the budget ends the handler.
        let own_end = if matches!(limit, Limit::Budget { .. }) { timeout_end } else { deadline };
        let context = ExitContext { reason, deadline, turn: number, slot, live: self.live };
        let turn = Turn { number, id, job, context };
        let deadline = if keeps_time { own_end.plus(DROP_PATIENCE) } else { own_end };
        let caller = terms
            .filter(|terms| {
                wants_caller
                    && !terms.awaited
                    && worker.on == HandlerThread::Runner
                    && !self.caller_lost
            })
            .map(|terms| terms.caller);
        let (worker, handed_over, step) = match caller {
            Some(caller) => (caller, Some(turn), Step::HandedOver(number)),
            None => (worker, None, Step::Execute(turn)),
        };
        self.active.push(Current {
            number,
            slot,
            deadline,
            started: now,
            worker,
            place,
            subject,
            limit,
            handed_over,
        });
        step
    }

    /// What bounds the time of a handler that starts now: its timeout, or what it may use of the
    /// budget. While others wait, it leaves them a tenth of that.
    fn limit(&self, timeout: Duration, keeps_time: bool, now: Moment, table: &Table) -> Limit {
        let left = if self.budget_end == Moment::NEVER {
            Duration::MAX
        } else {
            self.budget_end.since(now)
        };
        let is_shared = left >= LEAST_SHARED && self.order.has_left(table);
        let kept = if is_shared {
            left / 10
        } else if keeps_time {
            DROP_PATIENCE.min(left / 10)
        } else {
            Duration::ZERO
        };
        let share = left - kept;
        if timeout <= share || left == Duration::MAX {
            Limit::Timeout(timeout)
        } else if kept.is_zero() {
            Limit::Budget { left, budget: self.terms.map_or(left, |terms| terms.limits.budget) }
        } else {
            Limit::Share { share, left }
        }
    }

    fn free_slot(&self) -> usize {
        if self.active.is_empty() {
            return context::FIRST_SLOT;
        }
        let mut used = [false; context::SLOTS];
        self.active.iter().for_each(|current| used[current.slot] = true);
        used.iter().position(|used| !used).unwrap_or(0)
    }

    /// Takes one more of the remaining handlers off the table, without running it. To be called
    /// until it is over, when the budget is used up.
    pub(super) fn skip_one(&mut self, now: Moment, table: &mut Table, line: &mut Line) -> Skip {
        self.out_of_budget = true;
        if self.tell_order(line) {
            return Skip::One;
        }
        let running = self.active.iter().next().map(|current| current.number);
        if let Some(number) = running {
            self.abandon(number, End::Abandoned, now, line);
            return Skip::One;
        }
        let Ok(taken) = self.take(now, table) else {
            if self.tell_unmatched(line) {
                return Skip::One;
            }
            if let Some(message) = self.take_termination_message() {
                return Skip::LeaveMessage(message);
            }
            self.end(table);
            return Skip::Over;
        };
        self.skip(taken, SkipReason::Budget, now, table, line);
        Skip::One
    }

    fn why_skipped(&self, taken: &Taken) -> Option<SkipReason> {
        let terms = self.terms.as_ref()?;
        let name = || taken.subject.as_ref().map_or("", Subject::name);
        if terms.limits.skip.is_some_and(|patterns| skip::is_asked_for(patterns, name())) {
            return Some(SkipReason::Environment);
        }
        if taken.when == When::Always {
            None
        } else {
            when::why_skipped(taken.when, terms.reason, self.status())
        }
    }

    fn skip(
        &mut self,
        taken: Taken,
        reason: SkipReason,
        now: Moment,
        table: &mut Table,
        line: &mut Line,
    ) {
        if let Job::Registered(action) = taken.job {
            // Dropping it would run code of the user, which nothing bounds and which may be what is
            // to be left out.
            core::mem::forget(action);
        }
        if let Some(id) = taken.id {
            table.ended(id);
        }
        if let Some(place) = taken.place {
            self.order.over(place);
        }
        if let Some(subject) = taken.subject {
            self.log(
                Record {
                    subject,
                    outcome: Outcome::Skipped(reason),
                    started: now,
                    ended: now,
                    thread: None,
                },
                None,
                End::OfItself,
                line,
            );
        }
    }

    /// The ranks of the declared handlers that still wait.
    pub(super) fn declared_left(&self) -> Vec<Rank> {
        self.order.declared_left()
    }
}

/// Why no handler was taken off the table.
enum Untaken {
    /// None may start before one that is running is over.
    Later,
    NothingLeft,
}

#[cfg(test)]
#[path = "state_tests.rs"]
pub(super) mod tests;
