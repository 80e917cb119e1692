//! A handler that ends the process itself: the other handlers run, and the last explicit status
//! holds.

use crate::support::{
    PERHAPS_PARKED, TIMED_OUT, handler_line, panics_abort, parked, scenario, seen, seen_after,
    target,
};
use std::time::Duration;

/// Exit paths that begin outside libc's `exit`, or that leave std's own exit unlocked: a handler
/// may call any exit there.
const FREE: [&str; 6] = [
    "c exit",
    "c exit on a thread",
    "exitmacro exit",
    "exitmacro exit on a thread",
    "exitmacro exit in a task",
    "exitmacro exit in a spawned task",
];

/// Exit paths on which std has locked its `exit` before the handlers run.
const LOCKED: [&str; 3] = ["return", "std exit", "std exit on a thread"];

/// Whether a handler on the runner may call C `exit` on this exit path. Since glibc 2.41 it may not
/// while the exiting thread is inside C `exit`.
fn may_call_c_exit(exit_path: &str) -> bool {
    !target().one_thread_may_exit || exit_path.starts_with("exitmacro exit")
}

/// A timeout, in milliseconds, that must not matter.
const LONG: &str = "20000";

/// The status, and what the next handler sees of it, after a handler has called C or std `exit`
/// with 7 on a runner, on this exit path. Where the hook does not know the status, it is lost if
/// another thread is inside libc's `exit`: then it is 1.
fn after_exit_of_libc(exit_path: &str) -> (i32, String) {
    if target().hook_knows_status || exit_path.starts_with("exitmacro exit") {
        (7, seen("Some(7)"))
    } else {
        (1, "Some(1)".to_owned())
    }
}

/// The status, and what the next handler sees of it, when the process is to end with 3 on this exit
/// path, or with the 7 of `inside`.
fn end(exit_path: &str, inside: &str, code: i32) -> (i32, String) {
    let some = format!("Some({code})");
    match inside {
        "c exit" | "std exit" if code == 7 => after_exit_of_libc(exit_path),
        _ if code == 3 => (code, seen_after(exit_path, &some)),
        _ => (code, some),
    }
}

/// Ends on this exit path, with `inside` in a handler. The next handler sees `code`, and the
/// process ends with it.
#[track_caller]
fn assert_inside(exit_path: &str, inside: &str, timeout: &str, code: i32, stderr: &str) {
    let ended = scenario!("nested_exit").arg(exit_path).arg(inside).arg(timeout).run();
    let (code, seen) = end(exit_path, inside, code);
    ended.assert_at_any_line(code, &format!("first\nmiddle\nlast: {seen}\n"), stderr);
    assert!(ended.took < Duration::from_secs(10), "{exit_path}, {inside}: {ended:?}");
}

fn middle(what: &str) -> String {
    handler_line("middle", "nested_exit", what)
}

fn timed_out() -> String {
    middle(TIMED_OUT)
}

#[test]
fn a_handler_that_returns_changes_nothing() {
    for exit_path in [&FREE[..], &LOCKED].concat() {
        assert_inside(exit_path, "ok", LONG, 3, "");
    }
}

#[test]
fn a_handler_that_calls_exitmacro_exit_sets_the_status() {
    // Without unwinding, the thread of such a handler stops.
    for exit_path in [&FREE[..], &LOCKED].concat() {
        assert_inside(exit_path, "exitmacro exit", LONG, 7, "");
    }
}

#[test]
fn a_handler_that_calls_c_exit_sets_the_status() {
    for exit_path in [&FREE[..], &LOCKED].concat() {
        if may_call_c_exit(exit_path) {
            assert_inside(exit_path, "c exit", LONG, 7, "");
        } else {
            assert_inside(exit_path, "c exit", "200", 3, &timed_out());
        }
    }
}

#[test]
fn a_handler_that_calls_std_exit_sets_the_status_where_std_has_not_locked_it() {
    for exit_path in FREE.into_iter().filter(|exit_path| may_call_c_exit(exit_path)) {
        assert_inside(exit_path, "std exit", LONG, 7, "");
    }
}

#[test]
fn a_later_handler_changes_the_status_of_a_handler_that_exits() {
    for inside in ["c exit", "std exit", "exitmacro exit"] {
        let locked: &[&str] = if inside == "std exit" { &[] } else { &LOCKED };
        for exit_path in [&FREE[..], locked].concat() {
            if inside != "exitmacro exit" && !may_call_c_exit(exit_path) {
                continue;
            }
            let ended = scenario!("nested_exit")
                .arg(exit_path)
                .arg(inside)
                .arg(LONG)
                .env("SETS", "1")
                .run();
            eprintln!("{exit_path}, {inside}");
            ended.assert_at_any_line(9, "first\nmiddle\nlast: Some(9)\n", "");
        }
    }
}

#[test]
fn a_handler_that_calls_std_exit_times_out_with_the_reason() {
    // Elsewhere only the timeout ends the wait for a thread that std parked.
    let timeout = if target().parked_threads_are_recognised { LONG } else { "200" };
    for exit_path in LOCKED {
        assert_inside(exit_path, "std exit", timeout, 3, &middle(&parked()));
    }
}

#[test]
fn a_handler_that_waits_for_a_signal_is_not_mistaken_for_a_parked_one() {
    for exit_path in LOCKED {
        let ended = scenario!("nested_exit")
            .arg(exit_path)
            .arg("pause until a signal comes")
            .arg(LONG)
            .run();
        ended.assert(3, &seen("first\nmiddle\na signal came\nlast: Some(3)\n"), "");
    }
}

#[test]
fn a_handler_that_hangs_where_std_parks_times_out_with_both_reasons() {
    let both = &format!("{TIMED_OUT}{PERHAPS_PARKED}");
    for exit_path in LOCKED {
        // The handler gets its whole timeout.
        assert_inside(exit_path, "pause", "1000", 3, &middle(both));
    }
    // Where std would not park the thread, there is one reason.
    assert_inside("exitmacro exit", "pause", "200", 3, &timed_out());
}

#[test]
fn a_handler_that_hangs_is_abandoned_on_every_exit_path() {
    for exit_path in [&FREE[..], &LOCKED].concat() {
        assert_inside(exit_path, "hang", "100", 3, &timed_out());
    }
}

#[test]
fn a_handler_that_fails_by_c_exit_never_lets_the_process_succeed() {
    let ends = |exit_path, thread, code, seen: &str| {
        let ended = scenario!("failure_inside").args([exit_path, thread]).run();
        ended.assert(code, &format!("last: {seen}\n"), "");
    };
    for thread in ["the exiting thread", "a runner"] {
        for exit_path in ["return", "exitmacro exit"] {
            ends(exit_path, thread, 7, &seen("Some(7)"));
        }
    }
    ends("c exit", "the exiting thread", 7, &seen("Some(7)"));
    if may_call_c_exit("c exit") {
        let (code, seen) = after_exit_of_libc("c exit");
        ends("c exit", "a runner", code, &seen);
    }
}

#[test]
fn the_last_of_two_exits_wins() {
    if !panics_abort() {
        for exit_path in ["return", "exitmacro exit"] {
            assert_inside(exit_path, "exit twice", LONG, 7, "");
            assert_inside(exit_path, "catch the exit", LONG, 7, "");
        }
    }
}

#[test]
fn a_handler_may_exit_while_it_panics() {
    for exit_path in ["return", "std exit", "c exit", "exitmacro exit"] {
        assert_inside(exit_path, "panic and exit in the hook", LONG, 7, "");
        if !panics_abort() {
            assert_inside(exit_path, "exit while unwinding", LONG, 7, "");
        }
    }
}

#[test]
fn an_exit_on_a_thread_that_a_handler_waits_for_comes_second_and_the_handler_times_out() {
    for exit_path in ["return", "exitmacro exit"] {
        assert_inside(exit_path, "exit on a thread", "200", 3, &timed_out());
        assert_inside(exit_path, "exit in a task of another thread", "200", 3, &timed_out());
    }
}

#[test]
fn an_exit_in_a_task_on_the_thread_of_the_handler_sets_the_status() {
    if !panics_abort() {
        for exit_path in ["return", "exitmacro exit"] {
            assert_inside(exit_path, "exit in a task", LONG, 7, "");
        }
    }
}

#[test]
fn a_run_inside_a_handler_reports_what_has_finished() {
    for exit_path in ["return", "std exit", "exitmacro exit"] {
        let ended = scenario!("nested_exit").arg(exit_path).arg("run").arg(LONG).run();
        let stdout = seen_after(exit_path, "first\nmiddle\nso far: 1\nlast: Some(3)\n");
        ended.assert(3, &stdout, "");
    }
}

#[test]
fn a_handler_may_exit_during_a_run_by_hand() {
    for inside in ["exitmacro exit", "std exit", "c exit", "exit while unwinding"] {
        if inside != "exit while unwinding" || !panics_abort() {
            let ended = scenario!("nested_exit").arg("run by hand").arg(inside).arg(LONG).run();
            let stdout = "first\nmiddle\nlast: Some(7)\n";
            // Only what libc is called with is not known.
            let is_by_libc = ["std exit", "c exit"].contains(&inside);
            let stdout = if is_by_libc { seen(stdout) } else { stdout.to_owned() };
            ended.assert(7, &stdout, "");
        }
    }
}

#[test]
fn a_run_by_hand_leaves_the_status_to_main() {
    let by_hand = |inside: &str, timeout: &str| {
        scenario!("nested_exit").arg("run by hand").arg(inside).arg(timeout).run()
    };
    by_hand("ok", LONG).assert(3, "first\nmiddle\nlast: None\n", "");
    by_hand("run", LONG).assert(3, "first\nmiddle\nso far: 1\nlast: None\n", "");
    by_hand("hang", "100").assert_at_any_line(3, "first\nmiddle\nlast: None\n", &timed_out());
}

#[test]
fn an_exit_on_a_thread_during_a_run_by_hand_ends_the_process_after_the_run() {
    // No other thread exits, so this thread waits for the run. The handler that waits for the
    // thread is abandoned.
    let ended =
        scenario!("nested_exit").arg("run by hand").arg("exit on a thread").arg("200").run();
    ended.assert_at_any_line(7, "first\nmiddle\nlast: Some(7)\n", &timed_out());
}

/// libc lets one thread exit and stops all others, as glibc does since 2.41.
mod where_libc_lets_one_thread_exit {
    use super::*;

    #[track_caller]
    fn assert_inside(exit_path: &str, inside: &str, timeout: &str, code: i32, stderr: &str) {
        let ended = scenario!("nested_exit")
            .arg(exit_path)
            .arg(inside)
            .arg(timeout)
            .env("ONE_EXIT", "1")
            .run();
        let (code, seen) = end(exit_path, inside, code);
        ended.assert_at_any_line(code, &format!("first\nmiddle\nlast: {seen}\n"), stderr);
        assert!(ended.took < Duration::from_secs(10), "{exit_path}, {inside}: {ended:?}");
    }

    #[test]
    fn a_handler_on_the_exiting_thread_sets_the_status() {
        for exit_path in ["exitmacro exit", "exitmacro exit on a thread"] {
            for inside in ["std exit", "c exit"] {
                assert_inside(exit_path, inside, LONG, 7, "");
            }
        }
        for inside in ["std exit", "c exit"] {
            let ended = scenario!("nested_exit")
                .arg("run by hand")
                .arg(inside)
                .arg(LONG)
                .env("ONE_EXIT", "1")
                .run();
            ended.assert(7, &seen("first\nmiddle\nlast: Some(7)\n"), "");
        }
    }

    #[test]
    fn a_handler_on_another_thread_times_out() {
        if !target().exit_can_be_replaced {
            // The program cannot imitate that there.
            return;
        }
        for exit_path in ["std exit", "c exit"] {
            assert_inside(exit_path, "c exit", "200", 3, &timed_out());
        }
    }

    #[test]
    fn a_handler_that_calls_exitmacro_exit_sets_the_status_there_too() {
        for exit_path in ["std exit", "c exit", "exitmacro exit"] {
            assert_inside(exit_path, "exitmacro exit", LONG, 7, "");
        }
    }
}
