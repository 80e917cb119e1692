//! Handlers that ask for the exiting thread, or for the calling thread of an awaited run.

use crate::support::{TIMED_OUT, handler_line, scenario, seen, seen_after, target};

fn stdout(code: &str) -> String {
    in_runtime("its own", code)
}

fn in_runtime(whose: &str, code: &str) -> String {
    format!(
        "without a runtime, on the exiting thread: {code}\n\
         with a runtime, {whose}, on the exiting thread\nelsewhere, on another thread\n"
    )
}

#[test]
fn a_handler_on_the_exiting_thread_has_a_runtime_of_its_own() {
    for (exit_path, code) in [("return", 0), ("std exit", 3), ("exitmacro exit", 3)] {
        scenario!("async_on_caller").arg("none").arg(exit_path).run().assert(
            code,
            &seen_after(exit_path, &stdout(&format!("Some({code})"))),
            "",
        );
    }
}

#[test]
fn a_handler_on_a_thread_of_a_runtime_has_a_runtime_that_works() {
    for runtime in ["current_thread", "two workers", "a worker of one"] {
        // One of two workers is free.
        let whose = if runtime == "two workers" { "the program's" } else { "its own" };
        scenario!("async_on_caller").arg(runtime).arg("exitmacro exit").run().assert(
            3,
            &in_runtime(whose, "Some(3)"),
            "",
        );
        let stdout =
            format!("{}success: true, a thread is left: false\n", in_runtime(whose, "None"));
        scenario!("async_on_caller").arg(runtime).arg("run").run().assert(0, &stdout, "");
    }
}

#[test]
fn a_handler_has_no_runtime_when_the_thread_locals_of_tokio_are_destroyed() {
    if !target().is_glibc() {
        // There std does not destroy the thread-locals of `main`.
        return;
    }
    let expected =
        seen(&stdout("Some(3)")).replace("with a runtime, its own, on the exiting thread\n", "");
    for runtime in ["current_thread", "two workers", "a worker of one"] {
        let ended = scenario!("async_on_caller").arg(runtime).arg("std exit").run();
        assert_eq!((ended.code(), ended.stdout), (3, expected.clone()));
        assert!(
            ended
                .stderr
                .contains("exitmacro: handler `with a runtime` (tests/src/bin/async_on_caller.rs:")
                && ended.stderr.contains(" panicked after ")
        );
    }
}

#[test]
fn a_handler_for_the_calling_thread_of_an_awaited_run_runs_on_the_runner() {
    let abandoned = &handler_line("awaited_caller::hangs", "awaited_caller", TIMED_OUT);
    let ran = "hangs on exitmacro\nnext on exitmacro\n";
    scenario!("awaited_caller").arg("run_async").run().assert_at_any_line(
        3,
        &format!("{ran}ready: 2\n"),
        abandoned,
    );
    scenario!("awaited_caller").arg("return").run().assert_at_any_line(3, ran, abandoned);
}
