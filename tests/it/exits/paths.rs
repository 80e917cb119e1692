//! Every ordinary exit path runs the handlers once, in order, and keeps its status.

use crate::support::{panic_message, panics_abort, scenario, seen_after};

fn assert_runs(exit_path: &str, code: i32, stderr: &str) {
    let stdout = format!("first: exit, Some({code})\nregistered\nlast\n");
    let stdout = seen_after(exit_path, &stdout);
    scenario!("exit_paths").arg(exit_path).run().assert(code, &stdout, stderr);
}

#[test]
fn handlers_run_on_return_from_main() {
    assert_runs("return", 0, "");
    assert_runs("return 7", 7, "");
}

#[test]
fn handlers_run_when_main_returns_an_error() {
    assert_runs("error", 1, "Error: \"no luck\"\n");
}

#[test]
fn handlers_run_on_every_kind_of_exit() {
    assert_runs("std exit", 3, "");
    assert_runs("c exit", 4, "");
    assert_runs("exitmacro exit", 5, "");
}

#[test]
fn handlers_run_when_another_thread_exits() {
    assert_runs("std exit on a thread", 6, "");
    assert_runs("c exit on a thread", 8, "");
    assert_runs("exitmacro exit on a thread", 9, "");
}

#[test]
fn handlers_run_when_main_panics() {
    if !panics_abort() {
        assert_runs("panic", 101, &panic_message("main", "exit_paths", "main panics"));
    }
}

#[test]
fn no_handler_runs_on_abort_and_underscore_exit() {
    scenario!("exit_paths").arg("_exit").run().assert(10, "", "");
    scenario!("exit_paths").arg("abort").run().assert(-libc::SIGABRT, "", "");
}

#[test]
fn no_handler_runs_where_libc_is_not_asked_to_exit() {
    if cfg!(target_os = "linux") {
        scenario!("exit_paths").arg("quick_exit").run().assert(11, "", "");
    }
    scenario!("exit_paths").arg("exec").run().assert(0, "", "");
    let overflow = scenario!("exit_paths").arg("stack overflow").run();
    // Where std does not know the end of the stack, the system ends the process.
    assert!([-libc::SIGABRT, -libc::SIGSEGV].contains(&overflow.code()), "{overflow:?}");
    assert!(overflow.stdout.is_empty() && !overflow.stderr.contains("exitmacro: "), "{overflow:?}");
}

#[test]
fn handlers_run_by_hand_do_not_run_again() {
    let ran = "first: requested, None\nregistered\nlast\n";
    scenario!("exit_paths").arg("run by hand").run().assert(
        0,
        &format!("{ran}report: 3 handlers, success: true\n"),
        "",
    );
    let twice = scenario!("exit_paths").arg("run by hand twice, then exit").run();
    twice.assert(2, &format!("{ran}3 handlers each time: true\n"), "");
}

#[test]
fn what_is_printed_after_the_run_is_flushed() {
    let stdout = "first: requested, None\nregistered\nlast\nprinted after the run";
    scenario!("exit_paths").arg("run by hand, then exitmacro exit").run().assert(11, stdout, "");
}
