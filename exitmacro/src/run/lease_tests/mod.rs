//! Leases, on clocks of the tests.

mod declared;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod lanes;
mod limits;
mod registered;

use super::*;
use crate::config::{Config, TerminationMessage};
use crate::handler::When;
use crate::handler::id::HandlerId;
use crate::order::queue::LATER;
use crate::registry::Unregistered;
use crate::registry::tests::{register_in, register_with};
use crate::report::line::Line;
use crate::report::words::End;
use crate::report::{Outcome, Report};
use crate::run::active::Worker;
use crate::run::execute::{FASTEST_FORK, execute};
use crate::run::invocation::{Invocation, Job};
use crate::run::settle::Finished;
use crate::run::state::tests::{idle, terms};
use crate::run::step::Step;
use crate::run::terms::Terms;
use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, OnceLock};

const MINUTE: Duration = Duration::from_secs(60);

/// A clock that stands still, so that each handler is short.
fn still() -> Moment {
    static NOW: OnceLock<Moment> = OnceLock::new();
    *NOW.get_or_init(Moment::now)
}

/// A clock that advances at each reading by more than a fork takes.
fn advancing() -> Moment {
    thread_local!(static READINGS: Cell<u32> = const { Cell::new(0) });
    READINGS.set(READINGS.get() + 1);
    still().plus(FASTEST_FORK * 2 * READINGS.get())
}

pub(super) fn a_minute() -> Terms {
    Terms { clock: still, ..terms(MINUTE) }
}

const fn handler(name: &'static str, line: u32) -> Declared {
    // The handler on the later line runs first.
    Declared::new(name, "app", "src/main.rs", 100 - line, 1, |_| Ok(()))
}

/// A run whose handlers see `live`, so that concurrent tests share nothing.
pub(super) fn seen_in(live: &'static Live) -> Run {
    let mut run = idle();
    run.live = live;
    run
}

fn locked(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().expect("no test panics with the lock")
}

/// A run of one test, whose first handler is about to be executed.
struct Begun {
    run: Run,
    table: &'static Mutex<Table>,
    lease: Lease,
    latecomers: &'static AtomicBool,
    /// `None` once it was executed.
    invocation: Option<Invocation>,
}

impl Begun {
    fn new(declared: &'static [Declared], terms: Terms) -> Self {
        Self::with(Table::new(), declared, terms)
    }

    fn before_the_first(table: Table, declared: &'static [Declared], terms: Terms) -> Self {
        let live: &'static Live = Box::leak(Box::new(Live::new()));
        let table: &'static Mutex<Table> = Box::leak(Box::new(Mutex::new(table)));
        // Not the current time: the clock of these tests stands still since the first test began.
        let (mut run, now) = (seen_in(live), still());
        run.lanes.queue_later = Some(&LATER);
        run.begin(terms, declared, true, &mut locked(table), now, now);
        Self {
            run,
            table,
            lease: Lease::none(live),
            latecomers: Box::leak(Box::new(AtomicBool::new(false))),
            invocation: None,
        }
    }

    fn with(table: Table, declared: &'static [Declared], terms: Terms) -> Self {
        let mut begun = Self::before_the_first(table, declared, terms);
        begun.take_next();
        begun
    }

    /// The same, where a lane is opened for as few handlers as there are.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn opening_lanes(table: Table, declared: &'static [Declared], terms: Terms) -> Self {
        let mut begun = Self::before_the_first(table, declared, terms);
        begun.lease.fewest_for_lane = 1;
        begun.take_next();
        begun
    }

    /// Takes the next handlers and executes them; `false` when none is left.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn step_executes(&mut self) -> bool {
        self.take_next();
        let is_handler = |invocation: &Invocation| !matches!(invocation.job, Job::Flush);
        if !self.invocation.as_ref().is_some_and(is_handler) {
            return false;
        }
        let last = self.execute();
        self.settle(last)
    }

    /// The step of a runner under the lock.
    fn take_next(&mut self) {
        self.lease.end();
        let mut table = locked(self.table);
        if let Step::Execute(invocation) =
            self.run.next(Moment::now(), &mut table, Worker::caller(), &mut Line::new())
        {
            self.lease.latecomers = self.latecomers;
            self.run.lease(invocation.id, still(), &mut table, &mut self.lease);
            self.invocation = Some(invocation);
        }
    }

    /// How many handlers are leased, simple or not.
    fn leased(&self) -> usize {
        self.lease.count
    }

    /// How many of them start by the lease.
    fn started_by_lease(mut self) -> u64 {
        self.execute().number - 1
    }

    /// Executes the first handler and the leased ones. Returns the last one, which is not settled.
    fn execute(&mut self) -> Finished {
        let invocation = self.invocation.take().expect("a handler is about to be executed");
        let (mut last, mut began) = (execute(invocation), (self.lease.clock)());
        self.lease.execute(&mut last, &mut began, || locked(self.table));
        last
    }

    /// Begins the leased handler after the first one, without executing it; both are registered.
    /// Returns its id and its timeout.
    fn begin_second(&self, first: HandlerId) -> (HandlerId, Duration) {
        let mut timeout = Duration::ZERO;
        let begins = |own: Option<Duration>| {
            timeout = own.unwrap_or(self.lease.timeout);
            self.run.live.pass(1, 0, Moment::now())
        };
        let (handler, mut action) = (self.lease.handlers[0], None);
        let begun = locked(self.table).begin_leased(handler, Some(first), begins, &mut action);
        (begun.filter(|_| action.is_some()).expect("it waits"), timeout)
    }

    fn settle(&mut self, finished: Finished) -> bool {
        self.catch_up();
        self.run.settle(finished, Moment::now(), &mut locked(self.table), &mut Line::new())
    }

    fn abandon(&mut self, number: u64) -> bool {
        let (now, table) = (Moment::now(), &mut locked(self.table));
        self.run.abandon(number, End::Abandoned, now, table, &mut Line::new())
    }

    fn catch_up(&mut self) {
        self.run.catch_up(|| locked(self.table));
    }

    fn report(&mut self) -> Report {
        self.catch_up();
        self.run.list_lanes(&mut locked(self.table));
        self.run.report(Moment::now())
    }
}

fn names(report: &Report) -> Vec<&str> {
    report.handlers().iter().map(|handler| handler.name()).collect()
}

static FIVE: [Declared; 5] =
    [handler("a", 1), handler("b", 2), handler("c", 3), handler("d", 4), handler("e", 5)];

fn put_in<R: crate::handler::HandlerResult + 'static>(
    table: &mut Table,
    function: impl FnOnce() -> R + Send + 'static,
    priority: i32,
) -> HandlerId {
    register_in(table, function, priority).expect("the table is open")
}

/// Three registered handlers around the five declared ones, whose priority is 0.
fn mixed() -> (Begun, [HandlerId; 3]) {
    let mut table = Table::new();
    let ids = [2, 1, -1].map(|priority| put_in(&mut table, || (), priority));
    (Begun::with(table, &FIVE, a_minute()), ids)
}

fn priorities(report: &Report) -> Vec<i32> {
    report.handlers().iter().map(|handler| handler.priority()).collect()
}
