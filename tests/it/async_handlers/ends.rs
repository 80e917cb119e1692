//! The end of `main`, an exit on any thread, and the end of a forked child, which has none of the
//! threads of the runtime.

use super::{ALWAYS, WITHOUT_A_TASK, WITHOUT_MAIN, assert_ends, handlers, start};
use crate::support::{panic_message, panics_abort, scenario, seen};

#[test]
fn futures_run_in_the_runtime_of_the_program_when_main_ends() {
    assert_ends("return", ("return", 0), ALWAYS, "");
    assert_ends("return 7", ("return", 7), ALWAYS, "");
    assert_ends("error", ("return", 1), ALWAYS, "Error: \"no luck\"\n");
}

#[test]
fn a_panic_of_main_continues_after_the_handlers() {
    let message = panic_message("main", "async_main/body", "main panics");
    if panics_abort() {
        assert_ends("panic", ("panic", -6), WITHOUT_MAIN, &message);
    } else {
        assert_ends("panic", ("panic", 101), ALWAYS, &message);
    }
}

#[test]
fn another_exit_while_main_returns_leaves_the_status_of_main() {
    for exit_path in ["return, and exit on a thread", "return, and exit in a task"] {
        for (_, running) in start(exit_path) {
            running.end().assert(0, &handlers("return", "Some(0)", true), "");
        }
    }
}

#[test]
fn a_c_exit_when_the_runtime_ends_leaves_the_status_of_main() {
    for (_, running) in start("return, and C exit when the runtime ends") {
        running.end().assert(0, &handlers("return", "Some(0)", true), "");
    }
}

#[test]
fn a_task_that_panicked_before_changes_nothing() {
    if panics_abort() {
        for (flavor, running) in start("panic in a task") {
            let ended = running.end();
            assert_eq!(
                (ended.code(), ended.stdout),
                (-6, handlers("panic", "Some(134)", flavor.outlives_a_task))
            );
        }
    } else {
        for (_, running) in start("panic in a task") {
            let ended = running.end();
            assert_eq!(
                (ended.code(), ended.stdout),
                (0, format!("the task panicked\n{}", handlers("return", "Some(0)", true)))
            );
        }
    }
}

#[test]
fn an_exit_in_main_blocks_main_and_a_runtime_on_its_thread() {
    assert_ends("exitmacro exit", ("exit", 5), WITHOUT_MAIN, "");
    assert_ends("std exit", ("exit", 6), WITHOUT_MAIN, "");
}

#[test]
fn an_exit_in_a_task_blocks_its_worker() {
    assert_ends("exitmacro exit in a task", ("exit", 5), WITHOUT_A_TASK, "");
    assert_ends("std exit in a task", ("exit", 6), WITHOUT_A_TASK, "");
}

#[test]
fn a_runtime_whose_workers_all_exit_is_blocked() {
    for (exit_path, code) in [("exitmacro exit in two tasks", 5), ("std exit in two tasks", 6)] {
        let stdout = handlers("exit", &format!("Some({code})"), false);
        let stdout = if exit_path.starts_with("std exit") { seen(&stdout) } else { stdout };
        scenario!("async_two_workers").arg(exit_path).run().assert(code, &stdout, "");
    }
}

#[test]
fn an_exit_on_a_blocking_thread_blocks_no_runtime() {
    assert_ends("exitmacro exit on a blocking thread", ("exit", 5), ALWAYS, "");
    assert_ends("std exit on a blocking thread", ("exit", 6), ALWAYS, "");
}

const PARENT: &str = "inherited, in the parent\nnot inherited, in the parent\n";

const CHILD: &str = "inherited, in the child\nthe child ended with 3\n";

#[test]
fn handlers_run_in_a_forked_child_without_the_threads_of_the_runtime() {
    for exit_path in ["std exit", "exitmacro exit"] {
        scenario!("async_forked").arg(exit_path).run().assert(0, &format!("{CHILD}{PARENT}"), "");
    }
}

#[test]
fn handlers_run_in_a_forked_child_whatever_locks_the_runtime_held() {
    for exit_path in ["std exit", "exitmacro exit"] {
        scenario!("async_forked").arg(exit_path).arg("busy").run().assert(
            0,
            &format!("{}{PARENT}", CHILD.repeat(20)),
            "",
        );
    }
}
