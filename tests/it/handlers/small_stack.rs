//! A thread with the smallest stack may end the process, whatever the handlers do.
//!
//! These tests are the strictest in a build with debug information, where rustc keeps more on the
//! stack.

use crate::support::{panics_abort, scenario};

const WAYS: [&str; 4] = ["std exit", "c exit", "exitmacro exit", "run by hand"];

fn told(what: &str) -> String {
    format!("exitmacro: handler `middle` (tests/src/bin/small_stack.rs:_) {what}\n")
}

#[track_caller]
fn assert_ends(inside: &str, code: i32, stderr: &str) {
    for way in WAYS {
        let ended = scenario!("small_stack").arg(way).arg(inside).run();
        let last = if way == "run by hand" && code == 3 {
            "None".to_owned()
        } else {
            format!("Some({code})")
        };
        eprintln!("{way}, {inside}");
        ended.assert_at_any_line(code, &format!("last: {last}\n"), stderr);
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
            ended.assert_at_any_line(
                3,
                "last: Some(3)\n",
                &told("timed out after _s and was abandoned: its timeout is _s"),
            );
        }
    }
}

/// What another machine or another libc takes more than this one must find room too.
#[test]
fn a_kibibyte_is_left() {
    const SMALLEST: usize = 16 * 1024;
    for inside in [
        "fails",
        "exits",
        "fails after many",
        "fails after edges",
        "hangs",
        "fails on the caller",
        "exits on the caller",
    ] {
        let ended = scenario!("small_stack").arg("std exit").arg(inside).env("PAINT", "1").run();
        let used = ended
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("used: ")?.parse::<usize>().ok());
        assert!(used.is_some_and(|used| used <= SMALLEST - 1024), "{inside}: {used:?}");
    }
}
