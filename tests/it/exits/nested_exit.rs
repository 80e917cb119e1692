//! A handler that ends the process itself: the rest runs, and the last explicit status wins.

use crate::support::{panics_abort, scenario};
use std::time::Duration;

const AT: &str = "tests/src/bin/nested_exit.rs:_";

/// Ways out that begin outside libc's `exit`, and those that leave std's own exit unlocked: an exit
/// inside a handler is free there.
const FREE: [&str; 6] = [
    "c exit",
    "c exit on a thread",
    "exitmacro exit",
    "exitmacro exit on a thread",
    "exitmacro exit in a task",
    "exitmacro exit in a spawned task",
];

/// Ways out on which std has locked its `exit` before the handlers run.
const LOCKED: [&str; 3] = ["return", "std exit", "std exit on a thread"];

/// What a handler's timeout is where it must not matter, in milliseconds.
const LONG: &str = "20000";

/// Ends in this way, doing that inside a handler; the handler after it sees `code`, with which the
/// process ends.
#[track_caller]
fn assert_inside(way: &str, inside: &str, timeout: &str, code: i32, stderr: &str) {
    let ended = scenario!("nested_exit").arg(way).arg(inside).arg(timeout).run();
    ended.assert_at_any_line(code, &format!("first\nmiddle\nlast: Some({code})\n"), stderr);
    assert!(ended.took < Duration::from_secs(10), "{way}, {inside}: {ended:?}");
}

fn timed_out() -> String {
    format!(
        "exitmacro: handler `middle` ({AT}) timed out after _s and was abandoned: its timeout is _s\n"
    )
}

#[test]
fn a_handler_that_returns_changes_nothing() {
    for way in [&FREE[..], &LOCKED].concat() {
        assert_inside(way, "ok", LONG, 3, "");
    }
}

#[test]
fn a_handler_that_calls_exitmacro_exit_sets_the_status() {
    // Where nothing unwinds, the thread of such a handler stops: the same, without the abandoned
    // stack.
    for way in [&FREE[..], &LOCKED].concat() {
        assert_inside(way, "exitmacro exit", LONG, 7, "");
    }
}

#[test]
fn a_handler_that_calls_c_exit_sets_the_status() {
    for way in [&FREE[..], &LOCKED].concat() {
        assert_inside(way, "c exit", LONG, 7, "");
    }
}

#[test]
fn a_handler_that_calls_std_exit_sets_the_status_where_std_has_not_locked_it() {
    for way in FREE {
        assert_inside(way, "std exit", LONG, 7, "");
    }
}

#[test]
fn a_later_handler_changes_the_status_of_one_that_exits() {
    for inside in ["c exit", "std exit", "exitmacro exit"] {
        let locked: &[&str] = if inside == "std exit" { &[] } else { &LOCKED };
        for way in [&FREE[..], locked].concat() {
            let ended =
                scenario!("nested_exit").arg(way).arg(inside).arg(LONG).env("SETS", "1").run();
            eprintln!("{way}, {inside}");
            ended.assert_at_any_line(9, "first\nmiddle\nlast: Some(9)\n", "");
        }
    }
}

#[test]
fn a_handler_that_calls_std_exit_is_told_why_that_never_returns() {
    // Elsewhere the thread that std parked is only found out by its timeout.
    let looks = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    let (timeout, line) = if looks {
        let why = ": it called `std::process::exit`, which never returns in a process that is already exiting; use `exitmacro::exit` instead";
        (LONG, format!("exitmacro: handler `middle` ({AT}) timed out after _s{why}\n"))
    } else {
        ("200", timed_out())
    };
    for way in LOCKED {
        assert_inside(way, "std exit", timeout, 3, &line);
    }
}

#[test]
fn a_handler_that_waits_for_a_signal_is_not_taken_for_a_parked_one() {
    for way in LOCKED {
        let ended =
            scenario!("nested_exit").arg(way).arg("pause until a signal comes").arg(LONG).run();
        ended.assert(3, "first\nmiddle\na signal came\nlast: Some(3)\n", "");
    }
}

#[test]
fn a_handler_that_hangs_where_std_parks_is_told_both_reasons() {
    let both = "timed out after _s and was abandoned: its timeout is _s; if it called `std::process::exit`, that never returns in a process that is already exiting: use `exitmacro::exit` instead";
    for way in LOCKED {
        // Not earlier than at its time.
        assert_inside(
            way,
            "pause",
            "1000",
            3,
            &format!("exitmacro: handler `middle` ({AT}) {both}\n"),
        );
    }
    // Where std would not park it there is one.
    assert_inside("exitmacro exit", "pause", "200", 3, &timed_out());
}

#[test]
fn a_handler_that_hangs_is_abandoned_on_every_way_out() {
    for way in [&FREE[..], &LOCKED].concat() {
        assert_inside(way, "hang", "100", 3, &timed_out());
    }
}

#[test]
fn the_last_of_two_exits_wins() {
    if !panics_abort() {
        for way in ["return", "exitmacro exit"] {
            assert_inside(way, "exit twice", LONG, 7, "");
            assert_inside(way, "catch the exit", LONG, 7, "");
        }
    }
}

#[test]
fn a_handler_may_exit_while_it_panics() {
    for way in ["return", "std exit", "c exit", "exitmacro exit"] {
        assert_inside(way, "panic and exit in the hook", LONG, 7, "");
        if !panics_abort() {
            assert_inside(way, "exit while unwinding", LONG, 7, "");
        }
    }
}

#[test]
fn an_exit_on_a_thread_that_a_handler_waits_for_comes_second_and_the_handler_times_out() {
    for way in ["return", "exitmacro exit"] {
        assert_inside(way, "exit on a thread", "200", 3, &timed_out());
        assert_inside(way, "exit in a task of another thread", "200", 3, &timed_out());
    }
}

#[test]
fn an_exit_in_a_task_on_the_thread_of_the_handler_sets_the_status() {
    if !panics_abort() {
        for way in ["return", "exitmacro exit"] {
            assert_inside(way, "exit in a task", LONG, 7, "");
        }
    }
}

#[test]
fn a_run_inside_a_handler_reports_what_ended_before() {
    for way in ["return", "std exit", "exitmacro exit"] {
        let ended = scenario!("nested_exit").arg(way).arg("run").arg(LONG).run();
        ended.assert(3, "first\nmiddle\nso far: 1\nlast: Some(3)\n", "");
    }
}

#[test]
fn a_handler_may_exit_during_a_run_by_hand() {
    for inside in ["exitmacro exit", "std exit", "c exit", "exit while unwinding"] {
        if inside != "exit while unwinding" || !panics_abort() {
            let ended = scenario!("nested_exit").arg("run by hand").arg(inside).arg(LONG).run();
            ended.assert(7, "first\nmiddle\nlast: Some(7)\n", "");
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
    // That thread is the only one that exits, so it waits for the run; the handler that waits for
    // it is abandoned.
    let ended =
        scenario!("nested_exit").arg("run by hand").arg("exit on a thread").arg("200").run();
    ended.assert_at_any_line(7, "first\nmiddle\nlast: Some(7)\n", &timed_out());
}

/// Where libc lets one thread exit and stops all others, as glibc does since 2.41.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod where_libc_lets_one_thread_exit {
    use super::*;

    #[track_caller]
    fn assert_inside(way: &str, inside: &str, timeout: &str, code: i32, stderr: &str) {
        let ended =
            scenario!("nested_exit").arg(way).arg(inside).arg(timeout).env("ONE_EXIT", "1").run();
        ended.assert_at_any_line(code, &format!("first\nmiddle\nlast: Some({code})\n"), stderr);
        assert!(ended.took < Duration::from_secs(10), "{way}, {inside}: {ended:?}");
    }

    #[test]
    fn a_handler_that_is_that_thread_sets_the_status() {
        for way in ["exitmacro exit", "exitmacro exit on a thread"] {
            for inside in ["std exit", "c exit"] {
                assert_inside(way, inside, LONG, 7, "");
            }
        }
        for inside in ["std exit", "c exit"] {
            let ended = scenario!("nested_exit")
                .arg("run by hand")
                .arg(inside)
                .arg(LONG)
                .env("ONE_EXIT", "1")
                .run();
            ended.assert(7, "first\nmiddle\nlast: Some(7)\n", "");
        }
    }

    #[test]
    fn a_handler_that_is_not_that_thread_times_out() {
        for way in ["std exit", "c exit"] {
            assert_inside(way, "c exit", "200", 3, &timed_out());
        }
    }

    #[test]
    fn a_handler_that_calls_exitmacro_exit_sets_the_status_as_ever() {
        for way in ["std exit", "c exit", "exitmacro exit"] {
            assert_inside(way, "exitmacro exit", LONG, 7, "");
        }
    }
}
