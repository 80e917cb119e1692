//! Values that are closed by an `async fn`: by a task, awaited, outside of a runtime, at exit.

use crate::support::{
    handler_line, panic_message, panics_abort, scenario, where_threads_are_shown,
};

#[track_caller]
fn assert_case(case: &str, code: i32, stdout: &str, stderr: &str) {
    scenario!("async_closing").arg(case).run().assert_at_any_line(code, stdout, stderr);
}

fn failed(what: &str, error: &str) -> String {
    format!("exitmacro: closing `{what}` (tests/src/bin/async_closing.rs:_) failed: {error}\n")
}

const ON_A_WORKER: &str = "closing on tokio-rt-worker\n";
const ON_MAIN: &str = "closing on main\n";
const ON_THE_RUNNER: &str = "closing on exitmacro\n";
/// Of another thread, because the calling one is in a runtime.
const BESIDE_THE_RUNTIME: &str = "closing on no name\n";

/// Reported at once, not when the timeout of the value expires.
const BUSY_TASK: &str = "failed after _s: busy: a task is in the middle of closing it, and its \
                         runtime is blocked or has ended";

#[test]
fn an_exit_waits_for_the_task_that_closes_a_value() {
    let stdout = format!("{ON_A_WORKER}go on\nclosed\n");
    assert_case("exit while a task closes it", 3, &stdout, "");
}

#[test]
fn an_exit_does_not_wait_for_a_task_that_cannot_go_on() {
    let stderr = handler_line("value", "async_closing", BUSY_TASK);
    assert_case("exit while a blocked task closes it", 3, ON_MAIN, &stderr);
}

#[test]
fn a_value_whose_closing_ends_the_process_is_busy_at_once() {
    let busy = |name, thread: &str| {
        let thread = format!(" ({thread})");
        let thread = where_threads_are_shown(&thread);
        let why = format!(
            "failed after _s: busy: the thread that ends the process{thread} is in the middle of \
             closing it"
        );
        handler_line(name, "async_closing", &why)
    };
    let (main, worker) = ("the main thread", "thread `tokio-rt-worker`");
    assert_case("close_async exits", 4, ON_MAIN, &busy("value", main));
    assert_case("close_async exits without a future", 4, "", &busy("exits", main));
    assert_case("a task exits", 4, ON_A_WORKER, &busy("value", worker));
    let thread = "a thread without a name";
    assert_case("close exits", 4, BESIDE_THE_RUNTIME, &busy("value", thread));
}

#[test]
fn an_exit_closes_what_a_blocked_task_was_to_close() {
    let stdout = format!("{ON_THE_RUNNER}closed\n");
    assert_case("exit before a blocked task closes it", 3, &stdout, "");
}

#[test]
fn an_exit_closes_a_value_in_the_runtime_in_which_it_was_tracked() {
    let stdout = format!("{ON_THE_RUNNER}in the runtime in which it was tracked: true\nclosed\n");
    assert_case("exit while it is kept", 3, &stdout, "");
}

#[test]
fn an_exit_closes_what_a_task_did_not_finish() {
    let stdout = format!("{ON_A_WORKER}{ON_THE_RUNNER}closed\n");
    assert_case("the runtime of the task ends", 0, &stdout, "");
}

#[test]
fn a_value_is_closed_when_its_awaited_close_is_given_up() {
    let stdout = format!("{ON_MAIN}given up\n{ON_MAIN}closed\n");
    assert_case("close_async is dropped", 0, &stdout, "");
}

#[test]
fn an_exit_closes_what_a_panic_of_other_code_interrupted() {
    if panics_abort() {
        return;
    }
    let stdout = format!("{ON_MAIN}{ON_THE_RUNNER}closed\n");
    let stderr = panic_message("main", "async_closing", "main panics");
    assert_case("a panic beside close_async", 101, &stdout, &stderr);
    assert_case("a panic while a task closes it", 101, &stdout, &stderr);
}

#[test]
fn an_exit_knows_a_blocked_close_also_after_another_handle_asked_for_it() {
    let stderr = handler_line("value", "async_closing", BUSY_TASK);
    assert_case("exit while close_async is pending", 3, ON_MAIN, &stderr);
}

#[test]
fn an_awaited_close_returns_the_error_once() {
    assert_case("close_async fails", 0, &format!("{ON_MAIN}no luck\n"), "");
}

#[test]
fn the_failure_of_a_task_is_reported() {
    assert_case("a task fails", 0, ON_MAIN, &failed("value", "no luck"));
    if !panics_abort() {
        let message = panic_message("main", "async_closing", "bad luck");
        assert_case("a task panics", 0, ON_MAIN, &message);
    }
}

#[test]
fn a_thread_may_close_a_value_and_wait() {
    let stdout = format!("{ON_MAIN}closed\n{BESIDE_THE_RUNTIME}closed\n");
    assert_case("close", 0, &stdout, "");
    assert_case("close hangs", 0, "it was not closed within 50ms\n", "");
}

#[test]
fn a_value_that_is_dropped_outside_of_a_runtime_is_closed_there() {
    assert_case("drop outside", 0, &format!("{ON_MAIN}closed\n"), "");
    assert_case("drop outside fails", 0, ON_MAIN, &failed("value", "no luck"));
    let late = failed("short", "it was not closed within _s");
    assert_case("drop outside hangs", 0, "", &late);
    assert_case("drop after the run", 0, &format!("{ON_MAIN}closed\n"), "");
}

#[test]
fn a_value_is_closed_by_the_end_of_its_runtime_after_the_run() {
    if panics_abort() {
        return;
    }
    let stdout = format!("{BESIDE_THE_RUNTIME}closed\n{}", BESIDE_THE_RUNTIME.repeat(2));
    let stderr = format!(
        "{}{}exitmacro: closing `value` (tests/src/bin/async_closing.rs:_) panicked: bad luck\n",
        failed("value", "no luck"),
        panic_message("<unnamed>", "async_closing", "bad luck"),
    );
    assert_case("the runtime ends after the run", 0, &stdout, &stderr);
}

#[test]
fn a_value_that_is_dropped_in_a_handler_is_closed_before_the_end() {
    assert_case("drop in a handler", 0, &format!("{ON_A_WORKER}closed\n"), "");
}

#[test]
fn all_parts_of_a_value_are_closed() {
    if panics_abort() {
        return;
    }
    let stdout = format!("{}closed\nclosed at once\n", ON_THE_RUNNER.repeat(3));
    let stderr = format!(
        "{}{}",
        panic_message("exitmacro", "async_closing", "bad luck"),
        handler_line(
            "parts",
            "async_closing",
            "failed after _s: `one`: panicked: bad luck; `others`: no luck"
        )
    );
    assert_case("parts", 0, &stdout, &stderr);
}

#[test]
fn a_forked_child_discards_the_value() {
    assert_case("forked", 0, &format!("discarded\n{ON_MAIN}closed\n"), "");
    let closed = format!("discarded\n{BESIDE_THE_RUNTIME}closed\n");
    assert_case("forked before the task begins", 0, &closed, "");
}
