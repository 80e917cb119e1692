//! Handlers run on a live thread: thread-locals, tracing, tokio and threads work as in `main`.

use crate::support::{scenario, target};

#[track_caller]
fn assert_prints(what: &str, stdout: &str) {
    for exit_path in ["return", "std exit", "c exit", "exitmacro exit"] {
        scenario!("live_threads").arg(what).arg(exit_path).run().assert(0, stdout, "");
    }
}

#[test]
fn thread_locals_are_shared_by_the_handlers_and_dropped_after_the_last() {
    assert_prints(
        "thread-locals",
        "first handler: untouched\nsecond handler: seen\ndropped: used\n",
    );
}

#[test]
fn thread_locals_whose_drop_hangs_are_abandoned() {
    for exit_path in ["return", "exitmacro exit"] {
        let ended = scenario!("live_threads").arg("slow thread-locals").arg(exit_path).run();
        ended.assert(
            0,
            "",
            "exitmacro: the thread-locals of the exit handlers were not dropped within _s\n",
        );
    }
}

#[test]
fn thread_locals_are_abandoned_without_a_line_when_the_budget_is_used_up() {
    for exit_path in ["return", "exitmacro exit"] {
        scenario!("live_threads")
            .arg("slow thread-locals")
            .arg(exit_path)
            .env("EXITMACRO_BUDGET", "300ms")
            .run()
            .assert(0, "", "");
    }
}

#[test]
fn what_thread_locals_print_when_they_drop_is_flushed() {
    assert_prints("printing thread-locals", "dropped");
}

#[test]
fn thread_locals_may_ask_for_the_report_when_they_drop() {
    assert_prints("thread-locals that run", "1\n");
}

#[test]
fn thread_locals_that_wait_for_the_report_are_waited_for_when_stdout_is_locked() {
    assert_prints("thread-locals that run while stdout is locked", "1\n");
}

#[test]
fn thread_locals_that_exit_when_they_drop_do_not_change_the_status() {
    let late = "exitmacro: the thread-locals of the exit handlers were not dropped within _s\n";
    // Inside libc's `exit`, std lets no other thread in; outside, the runner ends the process in
    // place of the exiting thread.
    for (exit_path, stderr) in [("return", late), ("exitmacro exit", "")] {
        scenario!("live_threads")
            .arg("thread-locals that exit")
            .arg(exit_path)
            .run()
            .assert(0, "", stderr);
    }
}

#[test]
fn thread_destructors_of_c_libraries_run_before_the_rest_of_exit() {
    assert_prints("key of a C library", "key dropped\nlibc goes on\n");
}

#[test]
fn thread_destructors_of_c_libraries_that_hang_are_abandoned() {
    if !target().is_glibc() {
        // Nothing tells when they have run; the run waits for the end of the thread.
        return;
    }
    for exit_path in ["return", "exitmacro exit"] {
        let ended = scenario!("live_threads").arg("slow key of a C library").arg(exit_path).run();
        ended.assert(
            0,
            "",
            "exitmacro: the thread-locals of the exit handlers were not dropped within _s\n",
        );
    }
}

#[test]
fn tracing_works() {
    assert_prints("tracing", " INFO cleanup{step=1}: live_threads: from a handler\n");
}

#[test]
fn a_fresh_tokio_runtime_works() {
    assert_prints("fresh runtimes", "current thread: 42\nmulti-thread: 42\n");
}

#[test]
fn a_static_tokio_runtime_works() {
    assert_prints("static runtime", "main: 42\nhandler: 42\n");
}

#[test]
fn a_handler_may_start_and_join_threads() {
    assert_prints("threads", "dropped: untouched\nscoped: 36, spawned: Some(\"untouched\")\n");
}

#[test]
fn the_runner_thread_has_a_name() {
    assert_prints("name", "Some(\"exitmacro\"), and main is false\n");
}

#[test]
fn a_handler_may_print_a_hundred_thousand_lines() {
    let lines: String = (0..100_000).map(|number| format!("{number}\n")).collect();
    assert_prints("many lines", &lines);
}
