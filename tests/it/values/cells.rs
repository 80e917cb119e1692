//! The value of a cell is dropped at exit, after it was made and when no thread uses it any more.

use crate::support::{
    Ended, despite_load, handler_line, panics_abort, scenario, where_threads_are_shown,
};

/// What the handlers before and after the drop print.
const EARLY: &str = "early: value\n";
const LATE: &str = "late: the value was dropped at exit\n";
const DROPPED: &str = "value dropped on exitmacro\n";

fn cells(what: &str) -> Ended {
    scenario!("cells").arg(what).run()
}

#[test]
fn a_value_is_made_once_and_dropped_in_order() {
    cells("used").assert(3, &format!("value value\nmade 1\n{EARLY}{DROPPED}{LATE}"), "");
}

#[test]
fn a_value_that_a_handler_makes_during_the_run_is_dropped_too() {
    cells("unused").assert(3, &format!("{EARLY}{DROPPED}{LATE}"), "");
}

#[test]
fn many_threads_make_one_value() {
    cells("many threads").assert(3, &format!("true\nmade 1\n{EARLY}{DROPPED}{LATE}"), "");
}

#[test]
fn a_value_that_another_thread_makes_is_waited_for() {
    // The other cell is the newer one.
    cells("slow").assert(3, &format!("value\nvalue\n{EARLY}{DROPPED}{DROPPED}{LATE}"), "");
}

/// The line about a value of which threads have guards, that it names where it can.
fn busy(holders: &str) -> String {
    handler_line(
        "the cell",
        "cells",
        &format!(
            "failed after _s: busy: a thread still holds a guard of the \
             `AtExitCell<cells::Loud>` of tests/src/bin/cells.rs:_, whose value is therefore not \
             dropped{}",
            where_threads_are_shown(holders)
        ),
    )
}

#[test]
fn a_value_that_is_still_used_is_reported_as_busy_after_its_timeout() {
    let ended = cells("busy");
    let stderr = busy(": thread `reader` took one at tests/src/bin/cells.rs:_");
    ended.assert_at_any_line(3, &format!("{EARLY}{LATE}"), &stderr);
    assert!(ended.took.as_millis() >= 250, "{ended:?}");
}

#[test]
fn a_value_that_many_threads_use_is_reported_with_three_of_them() {
    let place = "took one at tests/src/bin/cells.rs:_";
    let holders = format!(
        ": thread `reader 0` {place}, thread `reader 0` {place}, thread `reader 1` {place}, and 6 \
         more"
    );
    cells("busy for many").assert_at_any_line(3, &format!("{EARLY}{LATE}"), &busy(&holders));
}

#[test]
fn a_thread_without_a_name_and_a_guard_by_another_call_are_reported_too() {
    let holders = ": a thread without a name took one at tests/src/bin/cells.rs:_";
    let stderr = busy(holders);
    cells("busy without a name").assert_at_any_line(3, &format!("{EARLY}{LATE}"), &stderr);
}

#[test]
fn the_place_of_a_guard_is_that_of_the_call() {
    let source = include_str!("../../src/bin/cells.rs");
    // Other tests leave the numbers of lines out.
    let line_of =
        |text: &str| 1 + source.lines().position(|line| line.contains(text)).expect("it is there");
    let (cell, guard) = (line_of("static CELL"), line_of("let _guard = CELL"));
    let ended = cells("busy");
    let declared = format!("of tests/src/bin/cells.rs:{cell}, whose");
    let taken = format!("took one at tests/src/bin/cells.rs:{guard}:");
    assert!(
        ended.stderr.contains(&declared) && ended.stderr.contains(where_threads_are_shown(&taken)),
        "{ended:?}"
    );
}

#[test]
fn a_value_that_is_given_back_in_time_is_dropped() {
    despite_load(a_value_that_is_given_back_in_time_is_dropped_once);
}

fn a_value_that_is_given_back_in_time_is_dropped_once() {
    cells("released").assert(3, &format!("{EARLY}released\n{DROPPED}{LATE}"), "");
}

#[test]
fn an_initialisation_that_uses_its_own_cell_gets_an_error() {
    let stdout = format!(
        "inside: the initialisation of the cell uses the cell itself\nreentrant\n\
         {EARLY}{DROPPED}reentrant dropped on exitmacro\n{LATE}"
    );
    cells("re-entrant").assert(3, &stdout, "");
}

#[test]
fn an_initialisation_that_panics_leaves_the_cell_usable() {
    if panics_abort() {
        return;
    }
    let ended = cells("panics once");
    let stdout =
        format!("true\nsecond try\n{EARLY}{DROPPED}second try dropped on exitmacro\n{LATE}");
    assert_eq!((ended.code(), ended.stdout), (3, stdout));
}

#[test]
fn an_initialisation_that_fails_leaves_the_cell_empty() {
    let stdout = "the cell is empty; fill it with `get_or_init`, \
                  or give it an initialisation with `new`\ntrue\nOk(7)\nOk(7)\n";
    cells("fails once").assert(3, &format!("{stdout}{EARLY}{DROPPED}{LATE}"), "");
}

#[test]
fn a_cell_that_is_filled_after_the_run_does_not_wait_for_guards() {
    let ended = cells("after the run, with another thread");
    assert_eq!(ended.lines().last(), Some(&"guards: 0"), "{ended:?}");
}

#[test]
fn a_value_is_not_made_after_the_run() {
    let ended = cells("after the run");
    let never = "the cell had no value when the exit handlers ran, and no value is made after them";
    // The first access may happen before the cell knows that the run has finished.
    assert!(ended.lines().contains(&format!("{never}, made 1").as_str()), "{ended:?}");
    assert!(ended.stdout.ends_with(&format!("{never}, {never}\nmade 2\n")), "{ended:?}");
}
