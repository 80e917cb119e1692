//! Handlers that ask for the exiting thread run there, at their place; whatever they do, the rest
//! runs and the process ends.

use crate::support::{Ended, normalized, panics_abort, scenario, without_line_numbers};
use std::time::Duration;

const WAYS: [&str; 4] = ["return", "std exit", "c exit", "exitmacro exit"];

#[track_caller]
fn on_caller(way: &str, inside: &str) -> Ended {
    let ended = scenario!("on_caller").arg(way).arg(inside).run();
    // Nothing waits for a timeout of 20 seconds that does not apply.
    assert!(ended.took < Duration::from_secs(5), "{way}, {inside}: {ended:?}");
    ended
}

fn told(what: &str) -> String {
    format!("exitmacro: handler `middle` (tests/src/bin/on_caller.rs:_) {what}\n")
}

fn stdout(code: i32) -> String {
    format!(
        "first, on another thread\nmiddle, on main\ndeclared, on main\nlast, on another thread: Some({code})\n"
    )
}

#[test]
fn they_run_on_the_exiting_thread_at_their_place() {
    for way in WAYS {
        on_caller(way, "ok").assert(3, &stdout(3), "");
    }
    let by_hand = "first, on another thread\nmiddle, on main\ndeclared, on main\nlast, on another thread: None\nsuccess: true\n";
    on_caller("run by hand", "ok").assert(3, by_hand, "");
}

#[test]
fn one_that_panics_is_reported() {
    if !panics_abort() {
        for way in WAYS {
            on_caller(way, "panic").assert_at_any_line(
                3,
                &stdout(3),
                &told("panicked after _s: no luck"),
            );
        }
    }
}

#[test]
fn one_that_exits_sets_the_status() {
    for way in WAYS {
        on_caller(way, "exitmacro exit").assert(7, &stdout(7), "");
        on_caller(way, "c exit").assert(7, &stdout(7), "");
    }
}

#[test]
fn one_that_exits_while_it_panics_sets_the_status() {
    // It does not unwind, and its thread is the exiting one.
    if !panics_abort() {
        for way in WAYS {
            on_caller(way, "exit while unwinding").assert(7, &stdout(7), "");
        }
        on_caller("run by hand", "exit while unwinding").assert(7, &stdout(7), "");
    }
}

#[test]
fn one_that_calls_std_exit_sets_the_status_where_std_has_not_locked_it() {
    for way in ["c exit", "exitmacro exit"] {
        on_caller(way, "std exit").assert(7, &stdout(7), "");
    }
}

#[test]
fn one_that_calls_std_exit_where_std_has_locked_it_is_reported_and_the_status_stays() {
    // std aborts there; the rest runs all the same.
    for way in ["return", "std exit"] {
        let ended = on_caller(way, "std exit");
        assert_eq!((ended.code(), ended.stdout.as_str()), (3, stdout(3).as_str()), "{ended:?}");
        assert!(
            without_line_numbers(&normalized(&ended.stderr))
                .contains(told("panicked after _s: ").trim_end()),
            "{ended:?}"
        );
    }
}

#[test]
fn one_that_exits_during_a_run_by_hand_ends_the_process_after_it() {
    for inside in ["exitmacro exit", "c exit", "std exit"] {
        on_caller("run by hand", inside).assert(7, &stdout(7), "");
    }
}

#[test]
fn one_that_runs_by_hand_gets_a_report_of_what_ended_before() {
    for way in WAYS {
        let stdout = stdout(3).replace("middle, on main\n", "middle, on main\nso far: 1\n");
        on_caller(way, "run").assert(3, &stdout, "");
    }
}

#[test]
fn one_that_hangs_is_abandoned_and_the_process_ends_without_its_thread() {
    // The exiting thread is lost, so the other handler that asked for it runs elsewhere.
    let stdout = stdout(3).replace("declared, on main", "declared, on another thread");
    for way in WAYS {
        on_caller(way, "hang").assert_at_any_line(
            3,
            &stdout,
            &told("timed out after _s and was abandoned: its timeout is _s"),
        );
    }
}

#[test]
fn another_one_that_hangs_after_it_is_abandoned_too() {
    // The runner that took the place of the exiting thread keeps the clock.
    let stdout = stdout(3).replace("declared, on main", "declared, on another thread");
    let what = "timed out after _s and was abandoned: its timeout is _s";
    let both = format!("{}{}", told(what), told(what).replace("middle", "other"));
    for way in WAYS {
        on_caller(way, "hang, and another one").assert_at_any_line(3, &stdout, &both);
    }
}

/// The thread that ran the handlers by hand does not come back to end the process.
#[test]
fn another_one_that_asks_for_the_end_of_a_run_by_hand_after_it_gets_it() {
    let stdout = stdout(7).replace("declared, on main", "declared, on another thread");
    let timed_out = told("timed out after _s and was abandoned: its timeout is _s");
    on_caller("run by hand", "hang, and another one exits")
        .assert_at_any_line(7, &stdout, &timed_out);
}

#[test]
fn one_whose_time_is_over_before_it_starts_does_not_hold_up_the_rest() {
    for way in ["return", "exitmacro exit"] {
        for _ in 0..5 {
            let ended = on_caller(way, "no time");
            // Whether the exiting thread was fast enough to pick it up is a matter of luck; that
            // the rest runs and the process ends is not.
            assert!(
                ended.code() == 3 && ended.stdout.contains("last, on another thread: Some(3)\n"),
                "{ended:?}"
            );
        }
    }
}
