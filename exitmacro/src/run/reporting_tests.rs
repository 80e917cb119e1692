//! Events on their way, in a run that is made by hand.

use super::*;
use crate::config::Config;
use crate::handler::declared::Declared;
use crate::report::SkipReason;
use crate::run::execute::execute;
use crate::run::invocation::{Invocation, Job};
use crate::run::lease::Lease;
use crate::run::settle::Finished;
use crate::run::state::tests::{idle, terms};
use crate::run::terms::Terms;
use std::sync::Mutex;

static DECLARED: [Declared; 3] =
    [declared("first", 3, fails), declared("second", 2, fails), declared("third", 1, fails)];

const fn declared(
    name: &'static str,
    priority: i32,
    function: fn(&crate::handler::context::ExitContext) -> crate::handler::Returned,
) -> Declared {
    Declared::new(name, "app", "src/main.rs", 7, 1, function).priority(priority)
}

fn fails(_: &crate::handler::context::ExitContext) -> crate::handler::Returned {
    Err("disk full".to_owned().into())
}

const TAKES_ALL: Sink = Sink { name: "test", send: |_| true, prepare };
const TAKES_NONE: Sink = Sink { name: "test", send: |_| false, prepare };

fn begun(declared: &'static [Declared], table: &mut Table, sink: Sink) -> Run {
    let mut run = idle();
    let now = Moment::now();
    let terms = terms(Duration::from_secs(60));
    let config = Config { sink: Some(sink), ..terms.config };
    run.begin(Terms { config, ..terms }, declared, true, table, now, now);
    run
}

/// What the run does next, and the line that is printed before.
fn next(run: &mut Run, table: &mut Table) -> (Step, String) {
    let mut line = Line::new();
    let step = run.next(Moment::now(), table, Worker::caller(), &mut line);
    (step, line.to_string())
}

#[track_caller]
fn invocation(step: (Step, String)) -> Invocation {
    let (Step::Execute(invocation), "") = (step.0, &*step.1) else {
        panic!("it has nothing to execute: {}", step.1)
    };
    invocation
}

/// Executes what is next, and gives the line that follows.
#[track_caller]
fn execute_next(run: &mut Run, table: &mut Table) -> (bool, String) {
    let invocation = invocation(next(run, table));
    let is_event = matches!(invocation.job, Job::Send(..));
    let mut line = Line::new();
    assert!(run.settle(execute(invocation), Moment::now(), table, &mut line));
    (is_event, line.to_string())
}

fn line_about(name: &str) -> String {
    format!("exitmacro: handler `{name}` (src/main.rs:7) failed after ")
}

#[test]
fn an_event_is_sent_before_the_next_handler_starts() {
    let mut table = Table::new();
    let mut run = begun(&DECLARED[..2], &mut table, TAKES_ALL);
    let steps: Vec<_> = (0..6).map(|_| execute_next(&mut run, &mut table)).collect();
    let expected = [false, true, false, true, true, false];
    assert_eq!(steps, expected.map(|is_event| (is_event, String::new())), "summary, then flush");
    assert!(matches!(next(&mut run, &mut table).0, Step::End));
}

#[test]
fn an_event_that_is_not_taken_is_a_line_at_once() {
    let mut table = Table::new();
    let mut run = begun(&DECLARED[..1], &mut table, TAKES_NONE);
    assert_eq!(execute_next(&mut run, &mut table), (false, String::new()));
    let (is_event, line) = execute_next(&mut run, &mut table);
    assert!(is_event && line.starts_with(&line_about("first")), "{line}");
    assert_eq!(execute_next(&mut run, &mut table), (true, String::new()), "the summary has none");
}

#[test]
fn nothing_is_leased_behind_a_handler_that_is_an_event() {
    let mut table = Table::new();
    let mut run = begun(&DECLARED, &mut table, TAKES_ALL);
    let mut lease = Lease::none(run.live);
    invocation(next(&mut run, &mut table));
    run.lease(None, Moment::now(), &mut table, &mut lease);
    assert_eq!(lease.count, 0);
}

#[test]
fn one_event_is_sent_at_a_time() {
    let mut table = Table::new();
    let mut run = begun(&DECLARED, &mut table, TAKES_ALL);
    execute_next(&mut run, &mut table);
    let first = invocation(next(&mut run, &mut table));
    run.events.waiting.push_back((*run.events.sending.as_ref().expect("one is sent").1).clone());
    assert!(run.next_event(Moment::now(), &table, Worker::caller(), &mut Line::new()).is_none());
    assert!(run.is_sending(first.number) && !run.is_sending(first.number + 1));
}

/// Begins to send an event, and ends that like this.
fn sent(outcome: Outcome) -> (Run, Table, String) {
    let mut table = Table::new();
    let mut run = begun(&DECLARED, &mut table, TAKES_ALL);
    execute_next(&mut run, &mut table);
    let number = invocation(next(&mut run, &mut table)).number;
    let mut line = Line::new();
    if outcome == Outcome::TimedOut {
        assert!(run.abandon(number, End::Abandoned, Moment::now(), &mut table, &mut line));
    } else {
        let finished = Finished { number, id: None, outcome };
        assert!(run.settle(finished, Moment::now(), &mut table, &mut line));
    }
    (run, table, line.to_string())
}

#[test]
fn after_a_sink_that_fails_all_is_printed() {
    for (outcome, said) in [
        (Outcome::TimedOut, "did not take an event within 1s: the"),
        (Outcome::Panicked("oh".to_owned()), "panicked at an event: oh; the"),
    ] {
        let (mut run, mut table, line) = sent(outcome);
        assert_eq!(line, format!("exitmacro: `test` {said} outcomes of handlers follow here\n"));
        let (step, line) = next(&mut run, &mut table);
        assert!(matches!(step, Step::Print) && line.starts_with(&line_about("first")), "{line}");
        let (is_event, line) = execute_next(&mut run, &mut table);
        assert!(!is_event && line.starts_with(&line_about("second")), "{line}");
    }
}

#[test]
fn a_sink_that_exits_has_taken_the_event() {
    let (mut run, mut table, line) = sent(Outcome::Exited(3));
    assert_eq!(line, "");
    assert_eq!(execute_next(&mut run, &mut table), (false, String::new()));
    assert!(execute_next(&mut run, &mut table).0, "the next event is sent");
}

/// The event that hangs when the budget ends is printed before what the budget skips.
#[test]
fn lines_are_in_order_at_the_end_of_the_budget() {
    let mut table = Table::new();
    let mut run = begun(&DECLARED, &mut table, TAKES_ALL);
    execute_next(&mut run, &mut table);
    invocation(next(&mut run, &mut table));
    let mut lines = Vec::new();
    loop {
        let mut line = Line::new();
        match run.skip_one(Moment::now(), &mut table, &mut line) {
            Step::Print => lines.push(line.to_string()),
            Step::End => break,
            _ => panic!("no sink is left"),
        }
    }
    let begins = [
        "exitmacro: `test` did not",
        "exitmacro: handler `first` ",
        "exitmacro: handler `second` ",
        "exitmacro: handler `third` ",
    ];
    assert_eq!(lines.len(), begins.len(), "{lines:?}");
    for (line, begin) in lines.iter().zip(begins) {
        assert!(line.starts_with(begin), "{lines:?}");
    }
}

#[test]
fn what_the_budget_left_over_is_one_batch_with_the_summary() {
    static SENT: Mutex<Vec<Event>> = Mutex::new(Vec::new());
    let send = |event: &Event| {
        SENT.lock().expect("no thread panics with it").push(event.clone());
        true
    };
    let mut table = Table::new();
    let mut run = begun(&DECLARED, &mut table, Sink { name: "test", send, prepare });
    let send = loop {
        let mut line = Line::new();
        match run.skip_one(Moment::now(), &mut table, &mut line) {
            Step::Print => assert!(line.is_empty(), "{line}"),
            Step::Deliver(Delivery::Events(send)) => break send,
            _ => panic!("the events are sent first"),
        }
    };
    let ends = |run: &mut Run, table: &mut Table| {
        matches!(run.skip_one(Moment::now(), table, &mut Line::new()), Step::End)
    };
    assert!(!ends(&mut run, &mut table), "another thread does not end the run meanwhile");
    send();
    run.is_delivering = false;
    let sent = SENT.lock().expect("no thread panics with it");
    let [outcomes @ .., Event::Summary(summary)] = &sent[..] else { panic!("the summary is last") };
    assert_eq!((outcomes.len(), summary.totals.skipped), (3, 3));
    for outcome in outcomes {
        let Event::Handler { handler, is_printed: false, .. } = outcome else {
            panic!("a handler, without a line")
        };
        assert_eq!(handler.outcome, Outcome::Skipped(SkipReason::Budget));
    }
    let step = run.skip_one(Moment::now(), &mut table, &mut Line::new());
    assert!(matches!(step, Step::End), "nothing is sent twice");
}

#[test]
fn where_no_thread_supervises_stderr_has_the_lines() {
    let mut table = Table::new();
    let mut run = begun(&DECLARED, &mut table, TAKES_ALL);
    run.note_no_supervisor();
    let (is_event, line) = execute_next(&mut run, &mut table);
    assert!(!is_event && line.starts_with(&line_about("first")), "{line}");
}

#[test]
fn from_telemetry_on_stderr_has_the_lines_as_well() {
    static LAST: [Declared; 2] =
        [declared("ships", TELEMETRY, |_| Ok(())), declared("last", TELEMETRY - 1, fails)];
    let mut table = Table::new();
    let mut run = begun(&LAST, &mut table, TAKES_ALL);
    assert_eq!(execute_next(&mut run, &mut table), (false, String::new()));
    assert_eq!(execute_next(&mut run, &mut table), (true, String::new()));
    let (is_event, line) = execute_next(&mut run, &mut table);
    assert!(!is_event && line.starts_with(&line_about("last")), "{line}");
    assert_eq!(execute_next(&mut run, &mut table), (true, String::new()));
}
