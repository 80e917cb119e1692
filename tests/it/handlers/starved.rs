//! Without memory or threads at exit, all handlers that can run do so, a line says so, and the
//! process ends.

use crate::support::{Ended, TIMED_OUT, handler_line, scenario, where_status_is_known};

const EXIT_PATHS: [&str; 4] = ["return", "std exit", "c exit", "exitmacro exit"];

const NO_MEMORY: &str = "exitmacro: no memory left: the exit handlers run on the exiting thread, \
                         and their timeouts are not enforced\n";

const NO_THREAD: &str = "exitmacro: no thread could be started \
                         (Resource temporarily unavailable (os error 11)): the exit handlers run \
                         on the exiting thread, and their timeouts are not enforced\n";

fn starved(what: &str, exit_path: &str) -> Ended {
    scenario!("starved").arg(what).arg(exit_path).run()
}

/// The line for a handler that hangs, and whose runner no other one replaces.
fn not_replaced(why: &str) -> String {
    format!(
        "exitmacro: no thread could be started ({why}): the timeouts of the remaining exit \
         handlers are not enforced\n"
    )
}

/// What is printed on this exit path, after these lines of the other handlers.
fn and_last(before: &str, exit_path: &str) -> String {
    let status = ", status 3";
    let is_known = exit_path == "exitmacro exit";
    let status = if is_known { status } else { where_status_is_known(status) };
    format!("{before}last{status}\n")
}

#[test]
fn handlers_that_need_no_memory_run_without_it() {
    for exit_path in EXIT_PATHS {
        starved("memory", exit_path).assert(3, &and_last("first\n", exit_path), NO_MEMORY);
    }
}

#[test]
fn handlers_run_without_memory_when_a_signal_or_a_request_ends_the_process() {
    let none = "exitmacro: no thread could be started (out of memory): \
                the thread that requests the end waits for it\n";
    starved("memory", "request").assert(
        3,
        "first\nlast, status 3\n",
        &format!("{none}{NO_MEMORY}"),
    );
    starved("memory", "signal").assert(143, "first\nlast\n", NO_MEMORY);
}

#[test]
fn registered_handlers_run_without_memory() {
    for exit_path in EXIT_PATHS {
        starved("memory, registered", exit_path).assert(
            3,
            &and_last("first\nregistered\nregistered\nregistered\n", exit_path),
            NO_MEMORY,
        );
    }
}

#[test]
fn settings_in_the_environment_need_no_memory() {
    for exit_path in EXIT_PATHS {
        let ended = scenario!("starved")
            .arg("memory")
            .arg(exit_path)
            .env("EXITMACRO_BUDGET", "5s")
            .env("EXITMACRO_LOG", "error")
            .run();
        ended.assert(3, &and_last("first\n", exit_path), NO_MEMORY);
    }
}

#[test]
fn a_handler_that_fails_without_memory_is_reported() {
    for exit_path in EXIT_PATHS {
        // No memory is left to keep the text of its error in.
        let stderr = format!(
            "{NO_MEMORY}exitmacro: handler `starved::fails` (tests/src/bin/starved.rs:_) \
             failed after _s: \n"
        );
        starved("memory, fail", exit_path).assert_at_any_line(
            3,
            &and_last("first\n", exit_path),
            &stderr,
        );
    }
}

#[test]
fn a_handler_whose_name_cannot_be_copied_is_reported_by_its_function() {
    let stderr = format!(
        "{NO_MEMORY}exitmacro: handler `starved::main::{{{{closure}}}}` \
         (tests/src/bin/starved.rs:_) failed after _s: \n"
    );
    starved("memory, a name of its own", "exitmacro exit").assert_at_any_line(
        3,
        "first\nlast, status 3\n",
        &stderr,
    );
}

#[test]
fn a_handler_that_allocates_without_memory_ends_the_process_as_rust_does() {
    for exit_path in EXIT_PATHS {
        let ended = starved("memory, allocate", exit_path);
        assert_eq!((ended.code(), ended.stdout.as_str()), (-libc::SIGABRT, "first\n"));
        // What std prints after this line does not matter.
        assert!(
            ended.stderr.starts_with(&format!("{NO_MEMORY}memory allocation of 4 bytes failed\n")),
            "{ended:?}"
        );
    }
}

#[test]
fn handlers_run_on_the_exiting_thread_when_no_thread_can_be_started() {
    for exit_path in EXIT_PATHS {
        let stderr = format!(
            "{NO_THREAD}exitmacro: handler `starved::fails` (tests/src/bin/starved.rs:_) failed \
             after _s: no luck\n"
        );
        starved("threads, fail, allocate", exit_path).assert_at_any_line(
            3,
            &and_last("first\non main\nallocated\n", exit_path),
            &stderr,
        );
    }
}

#[test]
fn a_signal_keeps_its_action_when_no_thread_can_be_started() {
    starved("threads, signals", "return").assert(
        3,
        &and_last("handled: false, as before: true\nfirst\non main\n", "return"),
        NO_THREAD,
    );
}

/// The line for a handler that was late on the exiting thread.
const LATE: &str = "exitmacro: handler `late` (tests/src/bin/starved.rs:_) timed out after _s: \
                    its timeout is _s; nothing could interrupt it, and it has completed\n";

#[test]
fn a_handler_that_is_late_on_the_exiting_thread_is_reported() {
    for exit_path in EXIT_PATHS {
        starved("threads, late", exit_path).assert_at_any_line(
            3,
            &and_last("first\non main\n", exit_path),
            &format!("{NO_THREAD}{LATE}"),
        );
    }
}

#[test]
fn handlers_run_on_the_exiting_thread_when_no_thread_can_replace_one_that_hangs() {
    let stuck = &handler_line("stuck", "starved", TIMED_OUT);
    let none = not_replaced("Resource temporarily unavailable (os error 11)");
    for exit_path in EXIT_PATHS {
        let ended = starved("stuck, late", exit_path);
        ended.assert_at_any_line(
            3,
            &and_last("first\non main\n", exit_path),
            &format!("{stuck}{none}{LATE}"),
        );
    }
}

#[test]
fn handlers_run_on_the_exiting_thread_when_one_that_hangs_has_taken_the_memory() {
    let stuck = &handler_line("stuck", "starved", TIMED_OUT);
    let none = not_replaced("out of memory");
    for exit_path in EXIT_PATHS {
        starved("stuck with the memory of others", exit_path).assert_at_any_line(
            3,
            &and_last("first\non main\n", exit_path),
            &format!("{stuck}{none}"),
        );
    }
}

#[test]
fn the_report_is_not_delivered_when_a_handler_that_hangs_has_taken_the_memory() {
    let stuck = &handler_line("stuck", "starved", TIMED_OUT);
    let none = "exitmacro: no thread could be started (out of memory): \
                the timeouts of the remaining exit handlers are not enforced\n\
                exitmacro: no memory left: the report is not delivered\n";
    for exit_path in EXIT_PATHS {
        starved("stuck with the memory of others, report", exit_path).assert_at_any_line(
            3,
            &and_last("first\non main\n", exit_path),
            &format!("{stuck}{none}"),
        );
    }
}

#[test]
fn an_exit_with_nothing_to_run_prints_nothing_and_needs_no_thread() {
    for what in ["nothing", "unregistered"] {
        for (exit_path, status) in
            [("return", 0), ("std exit", 3), ("c exit", 3), ("exitmacro exit", 3)]
        {
            scenario!("nothing_to_run").arg(what).arg(exit_path).run().assert(
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
        scenario!("nothing_to_run").arg(what).arg("run by hand, exitmacro exit").run().assert(
            3,
            "no exit handlers\nno exit handlers ran\nthe last words",
            "",
        );
    }
}
