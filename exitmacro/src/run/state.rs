//! The state of the run, and how it moves from one handler to the next. Knows no lock, no thread
//! and no clock: its methods are told the time.

use crate::config::{Config, TerminationMessage};
use crate::handler::Rank;
use crate::handler::clock::Moment;
use crate::handler::context::{ExitReason, Live};
use crate::handler::declared::Declared;
use crate::order::Order;
use crate::order::cycle::Cycle;
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::registry::Table;
use crate::report::{Limit, Report};
use crate::run::active::{Active, Worker};
use crate::run::exiting::Exiting;
use crate::run::log::Log;
use crate::run::runners::Runners;
use crate::run::stopped::StoppedThreads;
use crate::sys::{self, ThreadKey};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    Running,
    Finished,
}

/// Who started the run, and under which conditions.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) reason: ExitReason,
    pub(super) config: Config,
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

/// A thread that a handler has not given back.
pub(super) struct Abandoned {
    pub(super) thread: ThreadKey,
    /// Where that handler stands in the log.
    pub(super) record: Option<usize>,
}

/// Who prints the error that `main` returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MainError {
    /// There is none, or it was printed.
    Printed,
    /// This thread, when the run is over.
    By(ThreadKey),
    /// std, on this thread.
    ByStd(ThreadKey),
}

/// A runner that has executed the last handler, and is leaving.
#[derive(Clone, Copy)]
pub(super) struct Departure {
    pub(super) runner: u32,
    pub(super) thread: ThreadKey,
    pub(super) since: Moment,
    /// Since when it flushes.
    pub(super) flushing: Option<Moment>,
}

/// How far a lease has come.
#[derive(Clone, Copy)]
pub(super) struct Leased {
    /// How many of the leased handlers have begun, as far as it is written down.
    pub(super) begun: usize,
    pub(super) count: usize,
}

impl Leased {
    pub(super) const NOTHING: Self = Self { begun: 0, count: 0 };

    /// Whether there are handlers that the runner may begin by itself.
    pub(super) fn is_left(self) -> bool {
        self.begun < self.count
    }
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
    pub(super) runners: Runners,
    pub(super) stopped: StoppedThreads,
    pub(super) main_error: MainError,
    pub(super) declared: &'static [Declared],
    pub(super) order: Order,
    pub(super) leased: Leased,
    /// What the handlers see of the run.
    pub(super) live: &'static Live,
    pub(super) started: Moment,
    pub(super) budget_end: Moment,
    pub(super) turns: u64,
    pub(super) flushed: bool,
    /// A runner that ends the run when it has left.
    pub(super) departure: Option<Departure>,
    /// There was one.
    pub(super) departed: bool,
    pub(super) abandoned: Vec<Abandoned>,
    /// Cycles that stderr has not heard of yet.
    pub(super) unreported: Vec<Cycle>,
    /// What stands against the order of handlers that came during the run, and stderr has not heard
    /// of yet.
    pub(super) unplanned: Option<Unplanned>,
    /// The patterns of handlers to leave out that have not been looked at yet at the end of the
    /// run, when one of no handler is named.
    pub(super) patterns: Option<&'static str>,
    pub(super) has_failures: bool,
    pub(super) has_timed_out: bool,
    /// The supervisor draws a line on the terminal that says what is running.
    pub(super) draws_status: bool,
    /// How many handlers the totals had that stderr has heard of.
    pub(super) told_totals: usize,
    pub(super) log: Log,
    /// The limits that handlers did not keep, and the places of these handlers in the log. Apart,
    /// because most do.
    pub(super) limits: Vec<(usize, Limit)>,
}

impl Run {
    pub(super) const fn new(live: &'static Live) -> Self {
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
            runners: Runners::new(),
            stopped: StoppedThreads::new(),
            main_error: MainError::Printed,
            declared: &[],
            order: Order::empty(),
            leased: Leased::NOTHING,
            live,
            started: Moment::NEVER,
            budget_end: Moment::NEVER,
            turns: 0,
            flushed: false,
            departure: None,
            departed: false,
            abandoned: Vec::new(),
            unreported: Vec::new(),
            unplanned: None,
            patterns: None,
            has_failures: false,
            has_timed_out: false,
            draws_status: false,
            told_totals: 0,
            log: Log::new(),
            limits: Vec::new(),
        }
    }

    /// Forgets the run of the parent in a forked child. Turns go on counting, so that the handler
    /// that forked is nobody's turn here.
    pub(super) fn disown(&mut self) {
        let fresh = Self { turns: self.turns, ..Self::new(self.live) };
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
        self.phase = Phase::Running;
        self.terms = Some(terms);
        self.declared = declared;
        // A forked child has few of the handlers, and a shared object others than the program:
        // there it would say nothing.
        self.patterns = terms.config.skip.filter(|_| owned && terms.reason != ExitReason::Unload);
        self.started = now;
        self.budget_end = since.plus(terms.config.bounds.budget);
        let end = self.planning_end(now);
        let (order, unplanned) =
            Order::of(declared, owned, table, &mut Interrupt::new(&mut || (terms.clock)() < end));
        self.order = order;
        self.unreported = self.order.take_cycles(declared, table);
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
        self.set_finished();
    }

    /// The same, when the table was closed before.
    pub(super) fn set_finished(&mut self) {
        self.phase = Phase::Finished;
        self.live.set_finished(true);
        self.settle_status();
    }

    fn settle_status(&self) {
        self.live.set_code(self.status());
    }

    /// The status as things stand. A failed handler turns success into failure, where the program
    /// asked for that. A status that says failure already stays, and so does that of a signal.
    pub(super) fn status(&self) -> Option<i32> {
        let code = self.live.code();
        let terms = self.terms.filter(|terms| {
            self.has_failures
                && code.is_some_and(|code| sys::as_the_parent_sees(code) == 0)
                && !matches!(terms.reason, ExitReason::Signal(_))
        });
        terms.and_then(|terms| terms.config.on_failure).or(code)
    }

    /// The file that is to be told which handlers failed, once: when some did.
    pub(super) fn take_termination_message(&mut self) -> Option<TerminationMessage> {
        if !self.has_failures {
            return None;
        }
        self.terms.as_mut()?.config.termination_message.take()
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
    pub(super) fn decides_status(&self) -> bool {
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
    pub(super) fn may_not_exit(&self, thread: ThreadKey) -> bool {
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
        self.phase == Phase::Running && self.active.on(thread).is_some()
    }

    /// Notes that no thread can be started, so that the caller executes handlers itself and nobody
    /// keeps the clock.
    pub(super) fn note_no_supervisor(&mut self) {
        if let Some(terms) = &mut self.terms {
            terms.inline = true;
        }
    }

    /// Whether no runner needs to be waited for: all were already, or there is none but the caller,
    /// or the budget ended before they did.
    pub(super) fn has_no_runner(&self) -> bool {
        self.runners.is_empty() || self.out_of_budget || self.terms.is_none_or(|terms| terms.inline)
    }

    /// The turn of the handler that the calling `thread` is executing, and who that is.
    pub(super) fn current_on(&self, thread: ThreadKey) -> Option<(u64, Worker, Terms)> {
        let current = self.active.on(thread).filter(|_| self.phase == Phase::Running)?;
        Some((current.number, current.worker, self.terms?))
    }

    /// The ranks of the declared handlers that still wait.
    pub(super) fn declared_left(&self) -> Vec<Rank> {
        self.order.declared_left()
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
pub(super) mod tests;
