//! A thread with the smallest stack may end the process, whatever the handlers do.
//!
//! These tests are the strictest in a build with debug information, where rustc keeps more on the
//! stack.

use crate::support::{
    TIMED_OUT, code_without_libc, handler_line, panics_abort, scenario, seen_after, target,
};

const EXIT_PATHS: [&str; 4] = ["std exit", "c exit", "exitmacro exit", "run by hand"];

fn middle(what: &str) -> String {
    handler_line("middle", "small_stack", what)
}

#[track_caller]
fn assert_ends(inside: &str, code: i32, stderr: &str) {
    for exit_path in EXIT_PATHS {
        let ended = scenario!("small_stack").arg(exit_path).arg(inside).run();
        let last = if exit_path == "run by hand" && code == 3 {
            "None".to_owned()
        } else if code == 3 {
            seen_after(exit_path, "Some(3)")
        } else {
            format!("Some({code})")
        };
        eprintln!("{exit_path}, {inside}");
        ended.assert_at_any_line(code, &format!("last: {last}\n"), stderr);
    }
}

#[test]
fn the_smallest_stack_suffices_when_a_handler_fails_or_exits() {
    assert_ends("fails", 3, &middle("failed after _s: no luck"));
    assert_ends("exits", 7, "");
    if !panics_abort() {
        assert_ends("panics", 3, &middle("panicked after _s: no luck"));
    }
}

#[test]
fn the_smallest_stack_suffices_whatever_the_plan_takes() {
    assert_ends("fails after many", 3, &middle("failed after _s: no luck"));
    assert_ends("fails after edges", 3, &middle("failed after _s: no luck"));
}

#[test]
fn the_smallest_stack_suffices_when_a_handler_hangs() {
    assert_ends("hangs", 3, &middle(TIMED_OUT));
}

#[test]
fn the_smallest_stack_suffices_when_a_handler_runs_on_it() {
    assert_ends("fails on the caller", 3, &middle("failed after _s: no luck"));
    assert_ends("exits on the caller", 7, "");
    for exit_path in EXIT_PATHS {
        if exit_path != "run by hand" {
            let ended = scenario!("small_stack").arg(exit_path).arg("hangs on the caller").run();
            ended.assert_at_any_line(
                code_without_libc(exit_path, 3),
                &seen_after(exit_path, "last: Some(3)\n"),
                &middle(TIMED_OUT),
            );
        }
    }
}

/// What another machine or another libc takes more than this one must find room too.
#[test]
fn the_smallest_stack_has_a_kibibyte_left() {
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
        if inside.contains("exits") && !target().status_changes_inside_exit {
            // What prints the figure is then not called.
            continue;
        }
        let ended = scenario!("small_stack").arg("std exit").arg(inside).env("PAINT", "1").run();
        let used = ended
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("used: ")?.parse::<usize>().ok());
        assert!(used.is_some_and(|used| used <= SMALLEST - 1024), "{inside}: {used:?}");
    }
}
