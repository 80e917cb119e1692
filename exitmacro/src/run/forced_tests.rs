//! The line about a forced end, for states that are built by hand.

use super::*;
use crate::handler::declared::Declared;
use crate::handler::id::HandlerId;
use crate::handler::options::Options;
use crate::handler::signal;
use crate::registry::Detail;
use crate::registry::tests::{act_in, register_in, register_with};
use crate::run::active::Worker;
use crate::run::invocation::Invocation;
use crate::run::lease::Lease;
use crate::run::state::tests::{idle, live, terms};
use crate::run::step::Step;
use crate::run::terms::Terms;
use core::time::Duration;
use std::sync::Mutex;

const MINUTE: Duration = Duration::from_secs(60);

static DECLARED: [Declared; 3] = [declared("a", 1), declared("b", 2), declared("c", 3)];

const fn declared(name: &'static str, line: u32) -> Declared {
    Declared::new(name, "app", "src/main.rs", 100 - line, 1, |_| Ok(()))
}

fn begun(declared: &'static [Declared], table: &mut Table, terms: Terms) -> Run {
    let mut run = idle();
    run.live = Box::leak(Box::new(crate::handler::live::Live::new()));
    let now = Moment::now();
    run.begin(terms, declared, true, table, now, now);
    run
}

/// The text after the name of the signal, three seconds after `since`.
fn text(run: &Run, table: &Table, since: Moment) -> String {
    let forced = ForcedEnd {
        signal: signal::Signal::INT,
        run,
        table,
        owns_declared: true,
        now: since.plus(Duration::from_secs(3)),
    };
    forced
        .to_string()
        .strip_prefix("forced to end by SIGINT")
        .expect("it begins like this")
        .to_owned()
}

/// The first handler to execute, and its start.
fn first(run: &mut Run, table: &mut Table) -> (Invocation, Moment) {
    let Step::Execute(invocation) = next(run, table) else { panic!("it has a handler to execute") };
    (invocation, run.active.only().expect("it is running").started)
}

fn next(run: &mut Run, table: &mut Table) -> Step {
    run.next(Moment::now(), table, Worker::caller(), &mut Line::new())
}

#[test]
fn before_the_run_the_line_counts_the_handlers() {
    let mut table = Table::new();
    let run = idle();
    // The unit tests declare no handler.
    assert_eq!(text(&run, &table, Moment::now()), "");
    register_in(&mut table, || (), 0).expect("the table is open");
    assert_eq!(
        text(&run, &table, Moment::now()),
        " before the exit handlers began; 1 handler did not run"
    );
}

#[test]
fn the_line_names_what_is_running_and_counts_what_is_left() {
    let mut table = Table::new();
    register_in(&mut table, || (), -1).expect("the table is open");
    let mut run = begun(&DECLARED, &mut table, terms(MINUTE));
    let (_, since) = first(&mut run, &mut table);
    assert_eq!(
        text(&run, &table, since),
        " while `a` was running (3.0s of 10s); 3 handlers did not run"
    );
}

#[test]
fn after_the_last_handler_and_the_flush_none_is_left() {
    static ONE: [Declared; 1] = [declared("only", 1)];
    let mut table = Table::new();
    let mut run = begun(&ONE, &mut table, terms(MINUTE));
    let (invocation, since) = first(&mut run, &mut table);
    assert_eq!(
        text(&run, &table, since),
        " while `only` was running (3.0s of 10s); no other handler was left"
    );
    assert!(run.settle(
        crate::run::execute::execute(invocation),
        since,
        &mut table,
        &mut Line::new()
    ));
    _ = next(&mut run, &mut table);
    let since = run.active.only().expect("stdout is flushed").started;
    assert_eq!(
        text(&run, &table, since),
        " while stdout was flushed (3.0s); no other handler was left"
    );
    run.end(&mut table);
    assert_eq!(text(&run, &table, since), " after the exit handlers had run");
}

#[test]
fn all_handlers_that_run_concurrently_are_named() {
    let mut table = Table::new();
    let detail = |name: &'static str| Detail {
        name: Some(name.into()),
        options: Options {
            concurrent: true,
            ordered_by: crate::plan::scheduling::ORDERED,
            ..Options::NONE
        },
        ..Detail::default()
    };
    for name in ["one", "other", "third"] {
        register_with(&mut table, || (), 0, detail(name)).expect("the table is open");
    }
    act_in(&mut table, || (), -1, false, Vec::new());
    let mut terms = terms(MINUTE);
    terms.config.bounds.threads = 2;
    let mut run = begun(&DECLARED[..0], &mut table, terms);
    _ = next(&mut run, &mut table);
    _ = next(&mut run, &mut table);
    let since = run.active.iter().next().expect("it is running").started;
    let text = text(&run, &table, since).replace("2.9s", "3.0s");
    assert_eq!(
        text,
        " while `third` was running (3.0s of 10s), `other` was running (3.0s of 10s); \
         2 handlers did not run"
    );
}

#[test]
fn a_leased_handler_is_named_before_it_is_recorded() {
    let mut table = Table::new();
    let first: HandlerId = register_in(&mut table, || (), 9).expect("the table is open");
    register_with(&mut table, || (), 8, Detail { name: Some("named".into()), ..Detail::default() })
        .expect("the table is open");
    let table = Mutex::new(table);
    let locked = || table.lock().expect("no test panics with the lock");
    let mut run = begun(&DECLARED, &mut locked(), terms(MINUTE));
    _ = next(&mut run, &mut locked());
    let mut lease = Lease::none(live());
    run.lease(None, Moment::now(), &mut locked(), &mut lease);

    let since = Moment::now();
    let &[rank] = run.order.following(1) else { panic!("one follows") };
    let begins = |_| run.live.pass(1, 0, since);
    let begun = locked().begin_leased(rank, Some(first), begins, &mut None);
    assert!(begun.is_some());
    assert_eq!(
        text(&run, &locked(), since),
        " while `named` was running (3.0s of 10s); 3 handlers did not run"
    );
    assert!(run.live.pass(2, 1, since));
    assert_eq!(
        text(&run, &locked(), since),
        " while `a` was running (3.0s of 10s); 2 handlers did not run"
    );
}

#[test]
fn errors_that_were_not_printed_are_named() {
    let mut run = idle();
    let table = Table::new();
    run.request_error = RequestError::Kept(b"Error: 1");
    let request = "; the error of the request to end was not printed";
    assert_eq!(text(&run, &table, Moment::now()), request);
    run.main_error = MainError::By(1);
    let main = "; the error of `main` was not printed";
    assert_eq!(text(&run, &table, Moment::now()), format!("{main}{request}"));
}
