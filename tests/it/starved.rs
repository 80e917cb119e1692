//! No memory or no thread left at exit: what can run runs, in the open, and the process ends.

use crate::anywhere::assert_anywhere;
use crate::harness::{Ended, scenario};

const WAYS: [&str; 4] = ["return", "std exit", "c exit", "exitmacro exit"];

const NO_MEMORY: &str = "exitmacro: no memory left: the exit handlers run on the exiting thread, and their timeouts are not enforced\n";

const NO_THREAD: &str = "exitmacro: no thread could be started (Resource temporarily unavailable (os error 11)): the exit handlers run on the exiting thread, and their timeouts are not enforced\n";

fn starved(what: &str, way: &str) -> Ended {
    scenario!("starved").arg(what).arg(way).run()
}

#[test]
fn handlers_that_need_no_memory_run_without_it() {
    for way in WAYS {
        starved("memory", way).assert(3, "first\nlast, status 3\n", NO_MEMORY);
    }
}

#[test]
fn registered_handlers_run_without_memory() {
    for way in WAYS {
        starved("memory, registered", way).assert(
            3,
            "first\nregistered\nregistered\nregistered\nlast, status 3\n",
            NO_MEMORY,
        );
    }
}

#[test]
fn settings_in_the_environment_need_no_memory() {
    for way in WAYS {
        let ended = scenario!("starved")
            .arg("memory")
            .arg(way)
            .env("EXITMACRO_BUDGET", "5s")
            .env("EXITMACRO_LOG", "error")
            .run();
        ended.assert(3, "first\nlast, status 3\n", NO_MEMORY);
    }
}

#[test]
fn a_handler_that_fails_without_memory_is_reported() {
    for way in WAYS {
        // There is no memory to keep the text of its error in.
        let stderr = format!(
            "{NO_MEMORY}exitmacro: handler `starved::fails` (tests/src/bin/starved.rs:_) failed after _s: \n"
        );
        assert_anywhere(&starved("memory, fail", way), 3, "first\nlast, status 3\n", &stderr);
    }
}

#[test]
fn a_handler_that_allocates_without_memory_ends_the_process_as_rust_does() {
    for way in WAYS {
        let ended = starved("memory, allocate", way);
        assert_eq!((ended.code(), ended.stdout.as_str()), (-libc::SIGABRT, "first\n"));
        // What std says after this line is its own affair.
        assert!(
            ended.stderr.starts_with(&format!("{NO_MEMORY}memory allocation of 4 bytes failed\n")),
            "{ended:?}"
        );
    }
}

#[test]
fn handlers_run_on_the_exiting_thread_when_no_other_can_be_started() {
    for way in WAYS {
        let stderr = format!(
            "{NO_THREAD}exitmacro: handler `starved::fails` (tests/src/bin/starved.rs:_) failed after _s: no luck\n"
        );
        assert_anywhere(
            &starved("threads, fail, allocate", way),
            3,
            "first\non main\nallocated\nlast, status 3\n",
            &stderr,
        );
    }
}

#[test]
fn a_signal_that_no_thread_can_be_started_for_is_left_as_it_was() {
    starved("threads, signals", "return").assert(
        3,
        "handled: false, as before: true\nfirst\non main\nlast, status 3\n",
        NO_THREAD,
    );
}

/// The line on a handler that was late on the exiting thread.
const LATE: &str = "exitmacro: handler `late` (tests/src/bin/starved.rs:_) timed out after _s: its timeout is _s; nothing could interrupt it, and it has completed\n";

#[test]
fn a_handler_that_is_late_on_the_exiting_thread_is_reported() {
    for way in WAYS {
        assert_anywhere(
            &starved("threads, late", way),
            3,
            "first\non main\nlast, status 3\n",
            &format!("{NO_THREAD}{LATE}"),
        );
    }
}

#[test]
fn handlers_run_on_the_exiting_thread_when_none_can_be_started_in_place_of_one_that_is_stuck() {
    let stuck = "exitmacro: handler `stuck` (tests/src/bin/starved.rs:_) timed out after _s and was abandoned: its timeout is _s\n";
    let none = "exitmacro: no thread could be started (Resource temporarily unavailable (os error 11)): the timeouts of the remaining exit handlers are not enforced\n";
    for way in WAYS {
        let ended = starved("stuck, late", way);
        assert_anywhere(
            &ended,
            3,
            "first\non main\nlast, status 3\n",
            &format!("{stuck}{none}{LATE}"),
        );
    }
}

#[test]
fn an_exit_with_nothing_to_run_prints_nothing_and_needs_no_thread() {
    for what in ["nothing", "taken back"] {
        for (way, status) in [("return", 0), ("std exit", 3), ("c exit", 3), ("exitmacro exit", 3)]
        {
            scenario!("nothing_to_run").arg(what).arg(way).run().assert(
                status,
                "no exit handlers\n",
                "",
            );
        }
        scenario!("nothing_to_run").arg(what).arg("run by hand").run().assert(
            0,
            "no exit handlers\nno exit handlers ran\n",
            "",
        );
    }
}
