//! A second thread that ends the process: the status of the first exit holds, whichever calls the
//! two threads make. Only handlers change it.

use crate::support::{Scenario, TIMED_OUT, handler_line, scenario, seen_after, target};

const FIRST: [&str; 4] = ["return", "std exit", "c exit", "exitmacro exit"];
const SECOND: [&str; 3] = ["std exit", "c exit", "exitmacro exit"];

/// The programs in which `main` ends as the first argument names.
fn programs() -> [fn() -> Scenario; 3] {
    [
        || scenario!("second_exit"),
        || scenario!("second_exit_by_main"),
        || scenario!("second_exit_awaited"),
    ]
}

/// Ends on all exit paths, with several programs at a time.
#[track_caller]
fn assert_all(first: &[&str], when: &str, code: i32, stdout: &str, stderr: &str) {
    for first in first {
        for second in SECOND {
            let running =
                programs().map(|program| program().arg(first).arg(second).arg(when).start());
            for (number, running) in running.into_iter().enumerate() {
                let ended = running.end();
                eprintln!("program {number}: {first}, {second} {when}");
                // The other programs have the attribute. The 9 is that of a handler.
                let is_known = code == 9 || number > 0 && *first == "return";
                let stdout = if is_known { stdout.to_owned() } else { seen_after(first, stdout) };
                ended.assert_at_any_line(code, &stdout, stderr);
            }
        }
    }
}

#[test]
fn the_status_of_the_first_exit_holds() {
    assert_all(&FIRST, "in the run", 3, "last: Some(3)\n", "");
}

#[test]
fn the_status_of_the_first_exit_holds_when_a_handler_waits_for_the_second() {
    assert_all(
        &FIRST,
        "joined",
        3,
        "last: Some(3)\n",
        &handler_line("middle", "second_exit/body", TIMED_OUT),
    );
}

#[test]
fn the_status_of_the_first_exit_holds_after_the_run() {
    assert_all(&FIRST, "after the run", 3, "last: Some(3)\nafter the hook\n", "");
}

#[test]
fn only_a_handler_changes_the_status_of_the_first_exit() {
    assert_all(&FIRST, "and a handler sets the status", 9, "last: Some(9)\n", "");
    assert_all(&FIRST, "and a handler exits", 9, "last: Some(9)\n", "");
}

#[test]
fn an_exit_during_a_run_by_hand_counts_as_the_first() {
    for when in ["in the run", "and a handler sets the status", "and a handler exits"] {
        let code = if when == "in the run" { 7 } else { 9 };
        for second in SECOND {
            for program in programs() {
                let ended = program().arg("run by hand").arg(second).arg(when).run();
                // `main` may print before the process ends. The handler's exit may wait for the
                // return of `main`.
                let stdout = ended.stdout.replace("success: true\n", "");
                let last = format!("last: Some({code})\n");
                let last = if code == 7 { seen_after(second, &last) } else { last };
                assert_eq!((ended.code(), stdout), (code, last), "{second} {when}: {ended:?}");
            }
        }
    }
}

/// The first exit is inside libc's `exit`, in a function that libc calls before the hook, so
/// nothing is known of it. The limit: an exit that std or libc stops is the second one. Otherwise,
/// the first exit is the one that reaches the hook, or calls `exitmacro::exit`, first.
#[test]
fn before_the_hook_the_first_exit_that_reaches_it_counts() {
    for first in FIRST {
        for second in SECOND {
            let is_second_one = match (first, second) {
                // The handlers run before libc's `exit`.
                ("exitmacro exit", _) => false,
                (_, "exitmacro exit") => true,
                ("c exit", _) | (_, "c exit") => !target().one_thread_may_exit,
                _ => false,
            };
            let (when, code) = if is_second_one {
                ("before the hook", 7)
            } else {
                ("before the hook, in vain", 3)
            };
            let ended = scenario!("second_exit").arg(first).arg(second).arg(when).run();
            let found = (ended.code(), ended.stdout.as_str(), ended.stderr.as_str());
            let counts = if is_second_one { second } else { first };
            let last = seen_after(counts, &format!("last: Some({code})\n"));
            assert_eq!(found, (code, last.as_str(), ""), "{first}, {second}");
        }
    }
}
