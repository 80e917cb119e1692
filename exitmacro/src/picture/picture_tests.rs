//! Pictures of reports, and what their tests share.

use crate::handler::Location;
use crate::handler::context::ExitReason;
use crate::report::{HandlerReport, HandlerThread, Outcome, Report, SkipReason};
use core::time::Duration;
use proptest::prelude::*;
use std::borrow::Cow;

fn handler(
    thread: Option<HandlerThread>,
    runner: Option<u32>,
    start: u64,
    length: u64,
) -> HandlerReport {
    HandlerReport {
        name: Cow::Borrowed("app::handler"),
        location: Location::new("src/main.rs", 7),
        priority: 0,
        outcome: Outcome::Completed,
        start: Duration::from_millis(start),
        duration: Duration::from_millis(length),
        thread,
        runner,
        limit: None,
        awaited: None,
        allowed: thread.map(|_| Duration::from_secs(10)),
    }
}

/// A handler that a runner executed; times in milliseconds.
pub(super) fn ran(runner: u32, start: u64, length: u64) -> HandlerReport {
    handler(Some(HandlerThread::Runner), Some(runner), start, length)
}

pub(super) fn on_caller(start: u64, length: u64) -> HandlerReport {
    handler(Some(HandlerThread::Caller), None, start, length)
}

pub(super) fn skipped(start: u64) -> HandlerReport {
    let outcome = Outcome::Skipped(SkipReason::Budget);
    HandlerReport { outcome, ..handler(None, None, start, 0) }
}

pub(super) fn report(handlers: impl IntoIterator<Item = HandlerReport>) -> Report {
    let handlers: Vec<_> = handlers.into_iter().collect();
    let duration = handlers.iter().map(super::longest::end).max().unwrap_or_default();
    Report {
        reason: ExitReason::Exit,
        status: Some(0),
        budget: Some(Duration::from_secs(25)),
        duration,
        handlers,
        ..Report::empty()
    }
}

fn any_name() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..80).prop_map(String::from_iter)
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Completed),
        any_name().prop_map(Outcome::Failed),
        any_name().prop_map(Outcome::Panicked),
        Just(Outcome::TimedOut),
        any::<i32>().prop_map(Outcome::Exited),
    ]
}

/// Some handlers with any names and any times, in an order that need not be possible.
pub(super) fn any_report() -> impl Strategy<Value = Report> {
    let nanos = prop_oneof![0..100_u64, any::<u64>()];
    let times = (nanos.clone(), nanos.clone(), nanos)
        .prop_map(|(start, length, limit)| [start, length, limit].map(Duration::from_nanos));
    let handler = (0..5_u32, any_name(), any::<i32>(), any_outcome(), times).prop_map(
        |(runner, name, priority, outcome, [start, length, allowed])| HandlerReport {
            name: Cow::Owned(name),
            priority,
            start,
            duration: if runner == 0 { Duration::ZERO } else { length },
            allowed: (runner != 0).then_some(allowed),
            ..match runner {
                0 => skipped(0),
                1 => HandlerReport { outcome, ..on_caller(0, 0) },
                _ => HandlerReport { outcome, ..ran(runner - 1, 0, 0) },
            }
        },
    );
    (prop::collection::vec(handler, 0..12), prop::collection::vec((0..12_usize, 0..12_usize), 0..9))
        .prop_map(|(handlers, edges)| {
            let count = handlers.len();
            let edges = edges.into_iter().filter(|&(a, b)| a < count && b < count).collect();
            Report { edges, ..report(handlers) }
        })
}
