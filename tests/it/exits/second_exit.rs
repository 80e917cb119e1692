//! A second thread that ends the process: the first one's status holds, whatever the two of them
//! call. Only handlers change it.

#[cfg(target_env = "gnu")]
use crate::support::one_thread_is_in_libcs_exit;
use crate::support::{Scenario, scenario};

const FIRST: [&str; 4] = ["return", "std exit", "c exit", "exitmacro exit"];
const SECOND: [&str; 3] = ["std exit", "c exit", "exitmacro exit"];

/// The programs, and whether `main` ends in them as the first argument says.
fn programs() -> [fn() -> Scenario; 3] {
    [
        || scenario!("second_exit"),
        || scenario!("second_exit_by_main"),
        || scenario!("second_exit_awaited"),
    ]
}

/// Ends in all ways, several programs at a time.
#[track_caller]
fn assert_all(first: &[&str], when: &str, code: i32, stdout: &str, stderr: &str) {
    for first in first {
        for second in SECOND {
            let running =
                programs().map(|program| program().arg(first).arg(second).arg(when).start());
            for (number, running) in running.into_iter().enumerate() {
                let ended = running.end();
                eprintln!("program {number}: {first}, {second} {when}");
                ended.assert_at_any_line(code, stdout, stderr);
            }
        }
    }
}

const TIMED_OUT: &str = "exitmacro: handler `middle` (tests/src/bin/second_exit/body.rs:_) timed out after _s and was abandoned: its timeout is _s\n";

#[test]
fn the_status_of_the_first_one_holds() {
    assert_all(&FIRST, "in the run", 3, "last: Some(3)\n", "");
}

#[test]
fn also_when_a_handler_waits_for_the_second_one() {
    assert_all(&FIRST, "joined", 3, "last: Some(3)\n", TIMED_OUT);
}

#[test]
fn also_when_the_run_is_over() {
    assert_all(&FIRST, "after the run", 3, "last: Some(3)\nafter the hook\n", "");
}

#[test]
fn only_a_handler_changes_it() {
    assert_all(&FIRST, "and a handler sets the status", 9, "last: Some(9)\n", "");
    assert_all(&FIRST, "and a handler exits", 9, "last: Some(9)\n", "");
}

#[test]
fn an_exit_during_a_run_by_hand_is_the_first_one() {
    for when in ["in the run", "and a handler sets the status", "and a handler exits"] {
        let code = if when == "in the run" { 7 } else { 9 };
        for second in SECOND {
            for program in programs() {
                let ended = program().arg("run by hand").arg(second).arg(when).run();
                // `main` may get to print before the process ends; and its own return may be what
                // the handler's exit waits for.
                let stdout = ended.stdout.replace("success: true\n", "");
                assert_eq!(
                    (ended.code(), stdout),
                    (code, format!("last: Some({code})\n")),
                    "{second} {when}: {ended:?}"
                );
            }
        }
    }
}

/// The first one is inside libc's `exit`, in a function that libc calls before the hook, so that
/// nothing of it is known here. The limit, all of it: what std or libc stop is a second one, and
/// otherwise the one is the first that comes to the hook, or calls `exitmacro::exit`.
#[cfg(target_env = "gnu")]
#[test]
fn before_the_hook_the_first_one_that_comes_to_it_counts() {
    for first in FIRST {
        for second in SECOND {
            let is_second_one = match (first, second) {
                // The handlers have run before libc's `exit`.
                ("exitmacro exit", _) => false,
                (_, "exitmacro exit") => true,
                ("c exit", _) | (_, "c exit") => !one_thread_is_in_libcs_exit(),
                _ => false,
            };
            let (when, code) = if is_second_one {
                ("before the hook", 7)
            } else {
                ("before the hook, in vain", 3)
            };
            let ended = scenario!("second_exit").arg(first).arg(second).arg(when).run();
            let found = (ended.code(), ended.stdout.as_str(), ended.stderr.as_str());
            assert_eq!(
                found,
                (code, format!("last: Some({code})\n").as_str(), ""),
                "{first}, {second}"
            );
        }
    }
}
