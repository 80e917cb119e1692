//! The table of a report, and what it says of all handlers.

use super::*;
use crate::handler::Location;
use std::borrow::Cow;

fn report(outcomes: impl IntoIterator<Item = Outcome>) -> Report {
    let handlers = outcomes.into_iter().zip(1..).map(|(outcome, number)| HandlerReport {
        name: Cow::Owned(format!("app::handler_{number}")),
        location: Location::new("src/main.rs", number),
        priority: 100 - number.cast_signed(),
        thread: (outcome != Outcome::Skipped(SkipReason::Budget)).then_some(HandlerThread::Runner),
        outcome,
        runner: None,
        start: Duration::from_micros(1500),
        duration: Duration::from_millis(20),
        limit: None,
        awaited: None,
        #[cfg(feature = "picture")]
        allowed: None,
    });
    Report { reason: ExitReason::Requested, handlers: handlers.collect(), ..Report::empty() }
}

#[test]
fn display_is_an_aligned_table() {
    let report = report([
        Outcome::Completed,
        Outcome::Failed("disk full".to_owned()),
        Outcome::Skipped(SkipReason::Budget),
    ]);
    let expected = "\
#  priority  handler         location       thread  start  duration  outcome
1        99  app::handler_1  src/main.rs:1  runner  1.5ms    20.0ms  completed
2        98  app::handler_2  src/main.rs:2  runner  1.5ms    20.0ms  failed: disk full
3        97  app::handler_3  src/main.rs:3  -       1.5ms    20.0ms  \
skipped: the budget is used up";
    assert_eq!(report.to_string(), expected);
}

#[test]
fn the_table_says_which_limit_it_was() {
    let mut report = report([Outcome::TimedOut, Outcome::TimedOut, Outcome::TimedOut]);
    let [timeout, share, left, budget] = [10_000, 14, 20, 900].map(Duration::from_millis);
    let limits =
        [Limit::Timeout(timeout), Limit::Share { share, left }, Limit::Budget { left, budget }];
    report.handlers.iter_mut().zip(limits).for_each(|(handler, limit)| handler.limit = Some(limit));
    let expected = "\
#  priority  handler         location       thread  start  duration  outcome
1        99  app::handler_1  src/main.rs:1  runner  1.5ms    20.0ms  timed out: its timeout is 10s
2        98  app::handler_2  src/main.rs:2  runner  1.5ms    20.0ms  \
timed out: its share of the budget was 14ms, of 20ms left
3        97  app::handler_3  src/main.rs:3  runner  1.5ms    20.0ms  \
timed out: 20ms were left of the budget of 900ms";
    assert_eq!(report.to_string(), expected);
}

#[test]
fn success_means_that_every_handler_did_what_it_was_asked_to() {
    assert!(report([]).is_success());
    assert!(report([Outcome::Completed, Outcome::Exited(3)]).is_success());
    for outcome in [
        Outcome::Failed(String::new()),
        Outcome::Panicked(String::new()),
        Outcome::TimedOut,
        Outcome::Skipped(SkipReason::Budget),
    ] {
        assert!(!report([Outcome::Completed, outcome]).is_success());
    }
}

#[test]
fn a_handler_has_the_times_that_the_table_shows() {
    let report = report([Outcome::Completed]);
    let [handler] = report.handlers() else { panic!("one handler") };
    assert_eq!(
        (handler.start(), handler.duration()),
        (Duration::from_micros(1500), Duration::from_millis(20))
    );
}

#[test]
fn an_empty_report_says_so() {
    assert_eq!(report([]).to_string(), "no exit handlers ran");
}
