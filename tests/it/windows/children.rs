//! No process of a job is left, whatever ends the program.
//!
//! The child and what it starts hold the program's stderr open. The harness waits until that is
//! closed, and fails the test where it is not.

use crate::support::{Ended, scenario};

fn ended(exit_path: &str) -> Ended {
    scenario!("job").arg(exit_path).run()
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn a_child_of_std_is_ended_unless_it_has_ended_before() {
    let ended = |when| scenario!("job").args(["of std", when]).run();
    ended("at exit").assert(3, "alive: 1\nalive: 0\n", "");
    ended("before").assert(3, "alive: 1\nalive: 0\nalive: 0\n", "");
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn a_child_and_what_it_started_are_ended_before_later_handlers() {
    for (exit_path, code, stderr) in [
        ("return", 0, ""),
        ("error", 1, "Error: \"no luck\"\n"),
        ("std exit", 3, ""),
        ("c exit", 4, ""),
        ("exit", 5, ""),
        ("exit on a thread", 6, ""),
    ] {
        ended(exit_path).assert_at_any_line(code, "alive: 2\nalive: 0\n", stderr);
    }
    let ended = ended("panic");
    assert_eq!((ended.code(), ended.stdout.as_str()), (101, "alive: 2\nalive: 0\n"), "{ended:?}");
    assert!(ended.stderr.contains("main panics"), "{ended:?}");
}

#[test]
#[ignore = "its programs are for Windows: `.ci/windows` runs it"]
fn a_child_and_what_it_started_end_with_a_parent_that_runs_no_handler() {
    for exit_path in ["terminate", "abort"] {
        assert_eq!(ended(exit_path).stdout, "alive: 2\n", "{exit_path}");
    }
}
