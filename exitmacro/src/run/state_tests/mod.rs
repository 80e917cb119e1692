//! The state of a run, step by step on a clock of the test, and in models of several threads. Here
//! is what the tests share.

mod caller;
mod concurrent_model;
mod limits;
mod removal_model;
mod steps;

use super::*;
use crate::config::Config;
use crate::config::{Bounds, LogLevel};
use crate::error::RegisterError;
use crate::fork::identity;
use crate::handler::id::HandlerId;
use crate::registry::Unregistered;
use crate::registry::tests::register_in;
use crate::report::line::Line;
use crate::report::words::End;
use crate::report::{HandlerThread, Limit, Outcome, SkipReason};
use crate::run::active::{Current, Worker};
use crate::run::execute::execute;
use crate::run::invocation::{Invocation, Job};
use crate::run::settle::Finished;
use crate::run::step::Step;
use crate::times::ASYNC_DROP_TIMEOUT;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

static DECLARED: [Declared; 2] = [
    Declared::new("declared low", "app", "src/main.rs", 1, 1, |_| Ok(())).priority(-1),
    Declared::new("declared high", "app", "src/main.rs", 2, 1, |_| {
        Err("no luck".to_owned().into())
    })
    .priority(1),
];

/// What a run shares with its handlers. Each test has its own, as tests run concurrently.
pub(in crate::run) fn live() -> &'static Live {
    Box::leak(Box::new(Live::new()))
}

pub(in crate::run) fn idle() -> Run {
    Run::new(live())
}

pub(in crate::run) fn terms(budget: Duration) -> Terms {
    let caller = Worker::caller();
    let config = Config {
        bounds: Bounds {
            budget,
            timeout: Duration::from_secs(10),
            is_timeout_stated: false,
            threads: 32,
        },
        process: identity::me(),
        is_starved: false,
        log: LogLevel::Error,
        status: false,
        skip: None,
        on_failure: None,
        stdout_may_be_locked: false,
        termination_message: None,
        #[cfg(events)]
        sink: None,
        #[cfg(feature = "picture")]
        picture: None,
    };
    Terms {
        reason: ExitReason::Requested,
        config,
        caller,
        inline: false,
        aborts: false,
        awaited: false,
        clock: Moment::now,
    }
}

/// A handler that the calling thread is executing.
pub(in crate::run) fn current(number: u64, handed_over: Option<Invocation>) -> Current {
    let (now, limit) = (Moment::now(), Limit::Timeout(Duration::from_secs(10)));
    Current {
        number,
        slot: 0,
        deadline: now.plus(limit.duration()),
        started: now,
        worker: alone(),
        place: None,
        subject: None,
        limit,
        handed_over,
    }
}

fn begun(declared: &'static [Declared], table: &mut Table, budget: Duration) -> (Run, Moment) {
    let mut run = idle();
    let now = Moment::now();
    run.begin(terms(budget), declared, true, table, now, now);
    (run, now)
}

/// Starts a run of the handlers in the table, with a budget of a minute.
fn begin_registered(run: &mut Run, table: &mut Table) {
    let now = Moment::now();
    run.begin(terms(Duration::from_secs(60)), &[], true, table, now, now);
}

fn alone() -> Worker {
    Worker::caller()
}

fn run_all(run: &mut Run, table: &mut Table, now: Moment) {
    while let Step::Execute(invocation) = run.next(now, table, alone(), &mut Line::new()) {
        assert!(
            run.settle(execute(invocation), now, table, &mut Line::new()),
            "no handler is abandoned here"
        );
    }
}

fn log(run: &Run) -> Vec<(String, Outcome)> {
    run.report(Moment::now())
        .handlers()
        .iter()
        .map(|handler| (handler.name().to_owned(), handler.outcome().clone()))
        .collect()
}

/// Starts a run of these handlers, and takes the first one.
fn first_of(declared: &'static [Declared], terms: Terms) -> (Run, Table, Moment, Invocation) {
    let (mut run, mut table, now) = (idle(), Table::new(), Moment::now());
    run.begin(terms, declared, true, &mut table, now, now);
    let Step::Execute(invocation) = run.next(now, &mut table, alone(), &mut Line::new()) else {
        panic!("one handler waits")
    };
    (run, table, now, invocation)
}

static TWO_CONCURRENT: [Declared; 2] = [
    Declared::new("a", "app", "src/main.rs", 1, 1, |_| Ok(())).concurrent(),
    Declared::new("b", "app", "src/main.rs", 2, 1, |_| Ok(())).concurrent(),
];

fn text(line: &Line) -> String {
    line.to_string()
}
