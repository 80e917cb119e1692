//! Handlers that take too long, fail, panic, exit, or leave threads behind.

use super::{AWAITED, PLAIN, Program, seen_by};
use crate::support::{
    Running, TIMED_OUT, despite_load, handler_line, panic_message, panics_abort, parked, scenario,
    seen,
};

const EXIT_PATHS: [&str; 3] = ["return", "std exit", "exitmacro exit"];

/// Starts the program concurrently once for each exit path.
fn started(program: Program, act: &str) -> Vec<Running> {
    EXIT_PATHS.into_iter().map(|exit_path| (program.0)().arg(act).arg(exit_path).start()).collect()
}

/// Compares what both programs leave on each exit path when the handler behaves like `act`. The
/// handler's value is dropped `drops` times before the next handler runs.
#[track_caller]
fn assert_reports(act: &str, drops: usize, outcome: &str, stderr: &str) {
    let stdout = |end: &str| format!("before\n{}after\n{end}", "dropped\n".repeat(drops));
    let report = format!(
        "last: None\nreport: before completed, middle {outcome}, after completed, last completed\n"
    );
    let programs = [PLAIN, AWAITED]
        .map(|program| (program, started(program, act), (program.0)().arg(act).arg("run").start()));
    for (program, ending, running) in programs {
        for (exit_path, ending) in EXIT_PATHS.into_iter().zip(ending) {
            let last = seen_by(program, exit_path, "last: Some(0)\n");
            ending.end().assert_at_any_line(0, &stdout(&last), stderr);
        }
        running.end().assert_at_any_line(0, &stdout(&report), stderr);
    }
}

/// The same for a handler that is dropped when its timeout expires. The runner has a quarter of a
/// second for that.
#[track_caller]
fn assert_dropped_late(act: &str, drops: usize, outcome: &str, stderr: &str) {
    despite_load(|| assert_reports(act, drops, outcome, stderr));
}

fn middle(what: &str) -> String {
    handler_line("middle", "async_handlers/body", what)
}

#[test]
fn a_handler_that_returns_completes_and_is_dropped() {
    assert_reports("good", 1, "completed", "");
}

#[test]
fn a_handler_is_dropped_when_its_timeout_expires() {
    for act in ["late", "restless"] {
        assert_dropped_late(act, 1, "timed out", &middle("timed out after _s: its timeout is _s"));
    }
}

#[test]
fn a_handler_that_blocks_its_thread_is_abandoned() {
    assert_reports("blocking", 0, "timed out", &middle(TIMED_OUT));
    assert_reports("late, and dropped slowly", 1, "timed out", &middle(TIMED_OUT));
}

#[test]
fn a_handler_that_fails_is_reported() {
    assert_reports("fails", 1, "failed: no luck", &middle("failed after _s: no luck"));
}

#[test]
fn a_handler_that_panics_is_reported() {
    let message = panic_message("exitmacro", "async_handlers/body", "no luck");
    let stderr = format!("{message}{}", middle("panicked after _s: no luck"));
    let drops = |drops: usize| if panics_abort() { drops - 1 } else { drops };
    assert_reports("panics", drops(1), "panicked: no luck", &stderr);
    assert_reports("panics when it is dropped", drops(2), "panicked: no luck", &stderr);
}

#[test]
fn a_handler_whose_drop_panics_after_its_timeout_is_reported() {
    let message = panic_message("exitmacro", "async_handlers/body", "no luck");
    let drops = if panics_abort() { 1 } else { 2 };
    assert_dropped_late(
        "late, and panics when it is dropped",
        drops,
        "panicked: no luck",
        &format!("{message}{}", middle("panicked after _s: no luck")),
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
    let stderr = middle(&parked());
    for (program, exit_paths, code, stderr) in [
        (PLAIN, &["exitmacro exit", "run"][..], 7, ""),
        (PLAIN, &["return", "std exit"], 0, stderr.as_str()),
        (AWAITED, &["return", "exitmacro exit", "run"], 7, ""),
        (AWAITED, &["std exit"], 0, &stderr),
    ] {
        for exit_path in exit_paths {
            let ended = (program.0)().arg("std exit").arg(exit_path).run();
            let stdout = seen(&format!("before\nafter\nlast: Some({code})\n"));
            ended.assert_at_any_line(code, &stdout, stderr);
        }
    }
}

#[test]
fn a_handler_that_starts_a_run_gets_a_report_of_what_has_finished() {
    for program in [PLAIN, AWAITED] {
        for (exit_path, running) in EXIT_PATHS.into_iter().zip(started(program, "runs")) {
            let stdout = "before\nso far: before completed\ndropped\nafter\nlast: Some(0)\n";
            running.end().assert(0, &seen_by(program, exit_path, stdout), "");
        }
    }
}

#[test]
fn an_exit_in_a_task_on_the_thread_of_a_handler_sets_the_status() {
    if panics_abort() {
        return;
    }
    // An exit in a task of the handler's own runtime is an exit of the handler. A task of another
    // runtime is on another thread, which exits second and stops: the handler waits for it in vain.
    for running in started(PLAIN, "exitmacro exit in a task") {
        running.end().assert(7, "before\ncame back: true\ndropped\nafter\nlast: Some(7)\n", "");
    }
    let in_a_task = started(AWAITED, "exitmacro exit in a task");
    for (exit_path, running) in EXIT_PATHS.into_iter().zip(in_a_task) {
        running.end().assert_at_any_line(
            0,
            &seen_by(AWAITED, exit_path, "before\ndropped\nafter\nlast: Some(0)\n"),
            &middle("timed out after _s: its timeout is _s"),
        );
    }
}

#[test]
fn a_handler_may_leave_threads_behind() {
    let message = panic_message("exitmacro", "async_handlers/body", "no luck");
    let stderr = format!("{message}{}", middle("panicked after _s: no luck"));
    for exit_path in EXIT_PATHS {
        for (act, code, stderr) in [
            ("leaves a thread", 0, ""),
            ("leaves a thread and panics", 0, &stderr),
            ("leaves a thread and exits", 7, ""),
        ] {
            let dropped = if panics_abort() && act != "leaves a thread" { "" } else { "dropped\n" };
            let ended = scenario!("async_handlers_plain").arg(act).arg(exit_path).run();
            let stdout = format!("before\n{dropped}after\nlast: Some({code})\n");
            let stdout = if code == 0 { seen_by(PLAIN, exit_path, &stdout) } else { stdout };
            ended.assert_at_any_line(code, &stdout, stderr);
        }
    }
}

#[test]
fn a_handler_may_leave_threads_behind_when_its_timeout_expires() {
    // This includes the runtime of the program, which would wait for the thread.
    assert_dropped_late(
        "late, and leaves a thread",
        1,
        "timed out",
        &middle("timed out after _s: its timeout is _s"),
    );
}
