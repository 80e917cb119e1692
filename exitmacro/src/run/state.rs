//! The state of the run. Its methods use no lock, no thread and no clock: the caller passes the
//! time.

use crate::handler::Rank;
use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::declared::Declared;
use crate::handler::live::Live;
use crate::order::Order;
use crate::order::interrupt::{Interrupt, Unplanned};
use crate::registry::Table;
use crate::run::active::Active;
use crate::run::exiting::Exiting;
use crate::run::lane_state::LaneState;
use crate::run::log::{Exceeded, Log};
use crate::run::runners::Runners;
#[cfg(events)]
use crate::run::sending::Events;
use crate::run::stopped::StoppedThreads;
use crate::run::terms::{Executed, Terms};
use crate::sys::ThreadKey;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    Running,
    Finished,
}

/// The thread of a handler that was abandoned and has not returned.
pub(super) struct Abandoned {
    pub(super) thread: ThreadKey,
    /// The place of that handler in the log.
    pub(super) record: Option<usize>,
}

/// The error of the request to end.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum RequestError {
    /// There is none, or it is printed.
    None,
    /// As text, for the first thread that comes to its end.
    Kept(&'static [u8]),
    /// A thread is printing it.
    Printing,
}

/// Who prints the error that `main` returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MainError {
    /// There is none so far.
    None,
    /// It was printed.
    Printed,
    /// The first thread that comes to its end, as text: the thread of `main` has not returned yet.
    #[cfg(feature = "async")]
    Kept,
    /// This thread, when the run has finished.
    By(ThreadKey),
    /// std, on this thread.
    ByStd(ThreadKey),
}

/// A runner that has executed the last handler, and ends the run as its thread ends.
#[derive(Clone, Copy)]
pub(super) struct Departure {
    pub(super) runner: u32,
    pub(super) thread: ThreadKey,
    pub(super) since: Moment,
    /// When the flush of stdout began.
    pub(super) flushing: Option<Moment>,
    /// A destructor of a thread-local waits for the end of the run, and has more to do then.
    pub(super) in_destructor: bool,
}

/// The handlers of a lease that the state knows to have started, and all of them.
#[derive(Clone, Copy)]
pub(super) struct Leased {
    /// How many of the leased handlers have started, as far as the state has recorded it.
    pub(super) begun: usize,
    pub(super) count: usize,
    /// They are in a lane.
    pub(super) in_lane: bool,
}

impl Leased {
    pub(super) const NOTHING: Self = Self { begun: 0, count: 0, in_lane: false };

    /// Whether the runner may start a handler without the lock of the run.
    pub(super) fn is_left(self) -> bool {
        self.begun < self.count
    }
}

pub(crate) struct Run {
    pub(super) phase: Phase,
    /// Which thread ends the process.
    pub(super) exiting: Exiting,
    /// A handler asked for the end of the process.
    pub(super) exit_asked: bool,
    /// The program called `run`, and a thread asked for the end of the process before the run
    /// finished.
    pub(super) end_came_meanwhile: bool,
    pub(super) out_of_budget: bool,
    /// The caller hangs in a handler, so that a runner took its place.
    pub(super) caller_lost: bool,
    pub(super) terms: Option<Terms>,
    pub(super) active: Active,
    /// When the supervisor wakes up; a runner with an earlier deadline wakes it.
    pub(super) wakes_at: Moment,
    /// How many threads wait for a change of this state.
    pub(super) waiting: usize,
    /// How many of them supervise, and wake up at `wakes_at`.
    pub(super) supervising: usize,
    /// How many threads print what became of a handler. No handler starts meanwhile, so that lines
    /// come in order.
    pub(super) printing: usize,
    pub(super) runners: Runners,
    pub(super) stopped: StoppedThreads,
    pub(super) main_error: MainError,
    pub(super) request_error: RequestError,
    /// No work is left for which a grace would wait.
    pub(super) is_drained: bool,
    /// Up to when another thread leaves the end of the process to `main`, which waits for work or
    /// has just done so.
    pub(super) main_goes_first_until: Option<Moment>,
    pub(super) declared: &'static [Declared],
    pub(super) order: Order,
    pub(super) leased: Leased,
    pub(super) lanes: LaneState,
    /// What the handlers see of the run.
    pub(super) live: &'static Live,
    pub(super) started: Moment,
    pub(super) ended: Moment,
    pub(super) budget_end: Moment,
    pub(super) invocations: u64,
    pub(super) flushed: bool,
    /// The runner that ends the run as its thread ends.
    pub(super) departure: Option<Departure>,
    /// Whether there has been such a runner.
    pub(super) departed: bool,
    pub(super) abandoned: Vec<Abandoned>,
    /// Why the handlers that came during the run could not be ordered, while that was not printed
    /// yet.
    pub(super) unplanned: Option<Unplanned>,
    /// The patterns of `EXITMACRO_SKIP` that were not checked yet. At the end of the run, each
    /// pattern that matches no handler is printed.
    pub(super) patterns: Option<&'static str>,
    pub(super) has_failures: bool,
    pub(super) has_timed_out: bool,
    /// The report is still to be delivered when all handlers have run.
    pub(super) report_is_due: bool,
    /// A thread is delivering the report, its picture, or the events that are left. The run does
    /// not end meanwhile.
    pub(super) is_delivering: bool,
    #[cfg(events)]
    pub(super) events: Events,
    /// The supervisor draws a line on the terminal that says what is running.
    pub(super) draws_status: bool,
    /// How many handlers the totals had that stderr has heard of.
    pub(super) told_totals: usize,
    pub(super) log: Log,
    /// The limits that handlers exceeded, each with the place of the handler in the log. Apart from
    /// the log, because few handlers exceed one.
    pub(super) limits: Vec<(usize, Exceeded)>,
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
            printing: 0,
            runners: Runners::new(),
            stopped: StoppedThreads::new(),
            main_error: MainError::None,
            request_error: RequestError::None,
            is_drained: false,
            main_goes_first_until: None,
            declared: &[],
            order: Order::empty(),
            leased: Leased::NOTHING,
            lanes: LaneState::new(),
            live,
            started: Moment::NEVER,
            ended: Moment::NEVER,
            budget_end: Moment::NEVER,
            invocations: 0,
            flushed: false,
            departure: None,
            departed: false,
            abandoned: Vec::new(),
            unplanned: None,
            patterns: None,
            has_failures: false,
            has_timed_out: false,
            report_is_due: false,
            is_delivering: false,
            #[cfg(events)]
            events: Events::new(),
            draws_status: false,
            told_totals: 0,
            log: Log::new(),
            limits: Vec::new(),
        }
    }

    /// Forgets the run of the parent in a forked child. Invocations are counted on, so that the
    /// handler that forked finds its number gone.
    pub(super) fn disown(&mut self) {
        let fresh = Self { invocations: self.invocations, ..Self::new(self.live) };
        // Not dropped: the values belong to the parent, and freeing memory is not allowed here.
        core::mem::forget(core::mem::replace(self, fresh));
    }

    /// Starts the run. `owned` says whether the declared handlers are this process's; the budget
    /// counts from `since`. Returns why the order that `after`, `before` and `concurrent` ask for
    /// could not be made; priorities settle the order then.
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
        #[cfg(events)]
        if let Some(sink) = terms.config.sink {
            (sink.prepare)();
        }
        self.terms = Some(terms);
        self.declared = declared;
        // In a forked child or a shared object many patterns match no handler, so the warning would
        // be wrong there.
        self.patterns = terms.config.skip.filter(|_| owned && terms.reason != ExitReason::Unload);
        self.started = now;
        self.budget_end = since.plus(terms.config.bounds.budget);
        let end = self.planning_end(now);
        let (order, unplanned) = Order::of(
            declared,
            owned,
            table,
            self.lanes.queue_later,
            &mut Interrupt::at(end, terms.clock),
        );
        self.order = order;
        self.order.keep_cycles(declared, table);
        table.begin_run();
        unplanned
    }

    /// When a plan that is begun now has to be complete: after a tenth of the remaining budget.
    /// Priorities settle the order then, so that a slow plan does not cause skipped handlers.
    #[inline(never)]
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

    /// Ends the run when the table is closed already.
    #[inline(never)]
    pub(super) fn set_finished(&mut self) {
        self.phase = Phase::Finished;
        self.ended = self.terms.as_ref().map_or(Moment::NEVER, |terms| (terms.clock)());
        self.live.set_finished(true);
        if let Some(code) = self.status() {
            self.live.set_code(code);
        }
    }

    pub(super) fn budget_end(&self) -> Moment {
        self.budget_end
    }

    pub(super) fn is_budget_spent(&self, now: Moment) -> bool {
        self.budget_end <= now
    }

    pub(super) fn has_abandoned(&self) -> bool {
        !self.abandoned.is_empty()
    }

    /// Has stdout flushed by another thread than the runner that was abandoned.
    pub(super) fn make_flush_due(&mut self) {
        self.flushed = false;
    }

    pub(super) fn is_abandoned(&self, thread: ThreadKey) -> bool {
        self.abandoned.iter().any(|abandoned| abandoned.thread == thread)
    }

    /// Whether `thread` belongs to an abandoned handler, so that its request to end the process
    /// does not count. The thread that called `run` may end the process: the code that called `run`
    /// cannot continue in any other way.
    pub(super) fn may_not_exit(&self, thread: ThreadKey) -> bool {
        let started_it_by_hand = || {
            self.reason() == ExitReason::Requested
                && self.terms.as_ref().is_some_and(|terms| terms.caller.thread == thread)
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

    /// Notes that no thread can be started: the caller executes handlers itself, and no thread
    /// supervises.
    pub(super) fn note_no_supervisor(&mut self) {
        if let Some(terms) = &mut self.terms {
            terms.inline = true;
        }
    }

    /// Whether no runner needs to be waited for: all have ended, the caller executes everything, or
    /// the budget is spent.
    pub(super) fn has_no_runner(&self) -> bool {
        self.runners.is_empty()
            || self.out_of_budget
            || self.terms.as_ref().is_none_or(|terms| terms.inline)
    }

    /// What `thread` is executing.
    pub(super) fn executed_on(&self, thread: ThreadKey) -> Option<Executed> {
        let current = self.active.on(thread).filter(|_| self.phase == Phase::Running)?;
        let terms = self.terms.as_ref()?;
        let (number, worker) = (current.number, current.worker);
        Some(Executed { number, worker, inline: terms.inline, aborts: terms.aborts })
    }

    /// The ranks of the declared handlers that have not started.
    pub(super) fn declared_left(&self) -> Vec<Rank> {
        self.order.declared_left(self.declared)
    }
}

#[cfg(test)]
#[path = "state_tests/mod.rs"]
pub(super) mod tests;
