//! A thread with the smallest stack may end the process, whatever the handlers do.

use crate::anywhere::assert_anywhere;
use crate::harness::{panics_abort, scenario};

const WAYS: [&str; 4] = ["std exit", "c exit", "exitmacro exit", "run by hand"];

fn told(what: &str) -> String {
    format!("exitmacro: handler `middle` (tests/src/bin/small_stack.rs:_) {what}\n")
}

#[track_caller]
fn assert_ends(inside: &str, code: i32, stderr: &str) {
    for way in WAYS {
        let ended = scenario!("small_stack").arg(way).arg(inside).run();
        let last = if way == "run by hand" && code == 3 { "None".to_owned() } else { format!("Some({code})") };
        eprintln!("{way}, {inside}");
        assert_anywhere(&ended, code, &format!("last: {last}\n"), stderr);
    }
}

#[test]
fn while_a_handler_fails_or_exits() {
    assert_ends("fails", 3, &told("failed after _s: no luck"));
    assert_ends("exits", 7, "");
    if !panics_abort() {
        assert_ends("panics", 3, &told("panicked after _s: no luck"));
    }
}

#[test]
fn whatever_the_plan_takes() {
    assert_ends("fails after many", 3, &told("failed after _s: no luck"));
    assert_ends("fails after edges", 3, &told("failed after _s: no luck"));
}

#[test]
fn while_a_handler_hangs() {
    assert_ends("hangs", 3, &told("timed out after _s and was abandoned: its timeout is _s"));
}

#[test]
fn while_a_handler_runs_on_it() {
    assert_ends("fails on the caller", 3, &told("failed after _s: no luck"));
    assert_ends("exits on the caller", 7, "");
    for way in WAYS {
        if way != "run by hand" {
            let ended = scenario!("small_stack").arg(way).arg("hangs on the caller").run();
            assert_anywhere(&ended, 3, "last: Some(3)\n", &told("timed out after _s and was abandoned: its timeout is _s"));
        }
    }
}
