//! Handlers that take too long, fail, panic, exit, or leave threads behind.

use super::{AWAITED, PLAIN, Program, panicked};
use crate::support::{Running, despite_load, panics_abort, scenario};

const WAYS: [&str; 3] = ["return", "std exit", "exitmacro exit"];

/// Starts the program with each way to end, side by side.
fn started(program: Program, act: &str) -> Vec<Running> {
    WAYS.into_iter().map(|way| (program.0)().arg(act).arg(way).start()).collect()
}

/// Compares what both programs leave when a handler behaves like this, whichever way they end;
/// it is dropped that often by the time that the next one runs.
#[track_caller]
fn assert_told(act: &str, drops: usize, outcome: &str, told: &str) {
    let stdout = |end: &str| format!("before\n{}after\n{end}", "dropped\n".repeat(drops));
    let report = format!(
        "last: None\nreport: before completed, middle {outcome}, after completed, last completed\n"
    );
    let programs = [PLAIN, AWAITED]
        .map(|program| (started(program, act), (program.0)().arg(act).arg("run").start()));
    for (ending, running) in programs {
        ending.into_iter().for_each(|ending| {
            ending.end().assert_at_any_line(0, &stdout("last: Some(0)\n"), told)
        });
        running.end().assert_at_any_line(0, &stdout(&report), told);
    }
}

/// The same of one that is dropped when its time is over: the runner has a quarter of a second
/// for that.
#[track_caller]
fn assert_dropped_late(act: &str, drops: usize, outcome: &str, told: &str) {
    despite_load(|| assert_told(act, drops, outcome, told));
}

fn told(what: &str) -> String {
    format!("exitmacro: handler `middle` (tests/src/bin/async_handlers/body.rs:_) {what}\n")
}

#[test]
fn a_handler_that_returns_completes_and_is_dropped() {
    assert_told("good", 1, "completed", "");
}

#[test]
fn a_handler_is_dropped_when_its_timeout_expires() {
    for act in ["late", "restless"] {
        assert_dropped_late(act, 1, "timed out", &told("timed out after _s: its timeout is _s"));
    }
}

#[test]
fn a_handler_that_blocks_its_thread_is_abandoned() {
    assert_told(
        "blocking",
        0,
        "timed out",
        &told("timed out after _s and was abandoned: its timeout is _s"),
    );
    assert_told(
        "late, and dropped slowly",
        1,
        "timed out",
        &told("timed out after _s and was abandoned: its timeout is _s"),
    );
}

#[test]
fn a_handler_that_fails_is_reported() {
    assert_told("fails", 1, "failed: no luck", &told("failed after _s: no luck"));
}

#[test]
fn a_handler_that_panics_is_reported() {
    let message = panicked("exitmacro", "async_handlers/body", "no luck");
    let told = format!("{message}{}", told("panicked after _s: no luck"));
    let drops = |drops: usize| if panics_abort() { drops - 1 } else { drops };
    assert_told("panics", drops(1), "panicked: no luck", &told);
    assert_told("panics when it is dropped", drops(2), "panicked: no luck", &told);
}

#[test]
fn a_handler_whose_drop_panics_after_its_timeout_is_reported() {
    let message = panicked("exitmacro", "async_handlers/body", "no luck");
    let drops = if panics_abort() { 1 } else { 2 };
    assert_dropped_late(
        "late, and panics when it is dropped",
        drops,
        "panicked: no luck",
        &format!("{message}{}", told("panicked after _s: no luck")),
    );
}

#[test]
fn a_handler_that_exits_sets_the_status() {
    let dropped = if panics_abort() { "" } else { "dropped\n" };
    for program in [PLAIN, AWAITED] {
        let by_hand = (program.0)().arg("exitmacro exit").arg("run").start();
        for running in started(program, "exitmacro exit").into_iter().chain([by_hand]) {
            running.end().assert(7, &format!("before\n{dropped}after\nlast: Some(7)\n"), "");
        }
    }
}

#[test]
fn a_handler_that_calls_std_exit_sets_the_status_where_std_has_not_locked_it() {
    let told = told(
        "timed out after _s: it called `std::process::exit`, which never returns in a process that is already exiting; use `exitmacro::exit` instead",
    );
    for (program, ways, code, told) in [
        (PLAIN, &["exitmacro exit", "run"][..], 7, ""),
        (PLAIN, &["return", "std exit"], 0, told.as_str()),
        (AWAITED, &["return", "exitmacro exit", "run"], 7, ""),
        (AWAITED, &["std exit"], 0, &told),
    ] {
        for way in ways {
            let ended = (program.0)().arg("std exit").arg(way).run();
            ended.assert_at_any_line(code, &format!("before\nafter\nlast: Some({code})\n"), told);
        }
    }
}

#[test]
fn a_handler_that_starts_a_run_gets_a_report_of_what_has_finished() {
    for program in [PLAIN, AWAITED] {
        for running in started(program, "runs") {
            running.end().assert(
                0,
                "before\nso far: before completed\ndropped\nafter\nlast: Some(0)\n",
                "",
            );
        }
    }
}

#[test]
fn an_exit_in_a_task_on_the_thread_of_a_handler_sets_the_status() {
    if panics_abort() {
        return;
    }
    // A task in the handler's own runtime ends like the handler would; another one is on
    // another thread, which comes second: it stops where it is, and the handler waits for it.
    for running in started(PLAIN, "exitmacro exit in a task") {
        running.end().assert(7, "before\ncame back: true\ndropped\nafter\nlast: Some(7)\n", "");
    }
    for running in started(AWAITED, "exitmacro exit in a task") {
        running.end().assert_at_any_line(
            0,
            "before\ndropped\nafter\nlast: Some(0)\n",
            &told("timed out after _s: its timeout is _s"),
        );
    }
}

#[test]
fn a_handler_may_leave_threads_behind() {
    let message = panicked("exitmacro", "async_handlers/body", "no luck");
    let told = format!("{message}{}", told("panicked after _s: no luck"));
    for way in WAYS {
        for (act, code, told) in [
            ("leaves a thread", 0, ""),
            ("leaves a thread and panics", 0, &told),
            ("leaves a thread and exits", 7, ""),
        ] {
            let dropped = if panics_abort() && act != "leaves a thread" { "" } else { "dropped\n" };
            let ended = scenario!("async_handlers_plain").arg(act).arg(way).run();
            ended.assert_at_any_line(
                code,
                &format!("before\n{dropped}after\nlast: Some({code})\n"),
                told,
            );
        }
    }
}

#[test]
fn a_handler_may_leave_threads_behind_when_its_timeout_expires() {
    // Also in the runtime of the program, which would wait for them.
    assert_dropped_late(
        "late, and leaves a thread",
        1,
        "timed out",
        &told("timed out after _s: its timeout is _s"),
    );
}
