//! A process that has forked and ends with success waits for a child that may adopt, and for no
//! other.

use crate::support::{Scenario, scenario};

/// How often a case is tried, to distinguish a wait from a slow machine.
const TRIES: u32 = 5;

/// The handlers in the parent begin at once in the fastest try.
#[track_caller]
fn assert_waits_for_nothing(case: &str, conditions: &[&str]) {
    let mut fastest = u64::MAX;
    for _ in 0..TRIES {
        let ended = scenario!("fork_waits").arg(case).args(conditions).run();
        if ended.is_left_out() {
            return;
        }
        assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{ended:?}");
        let time = ended
            .stdout
            .strip_prefix("after ")
            .and_then(|rest| rest.strip_suffix(" ms, in the parent\n"));
        fastest = fastest
            .min(time.and_then(|time| time.parse().ok()).unwrap_or_else(|| panic!("{ended:?}")));
    }
    // The wait for a daemon takes a second.
    assert!(fastest < 700, "{case}, {conditions:?}: {fastest} ms");
}

#[test]
fn a_process_does_not_wait_for_children_that_have_ended_or_are_other_programs() {
    for case in ["nothing", "a child that ended", "another program"] {
        assert_waits_for_nothing(case, &[]);
    }
}

#[test]
fn a_process_does_not_wait_for_a_child_that_starts_the_same_program_again() {
    for case in ["itself", "itself, in a session of its own"] {
        assert_waits_for_nothing(case, &[]);
    }
}

#[test]
fn a_process_does_not_wait_for_a_fork_that_failed() {
    for case in ["fork fails", "fork fails without errno", "fork fails with a child"] {
        assert_waits_for_nothing(case, &[]);
    }
    for case in ["fork fails", "fork fails with a child"] {
        assert_waits_for_nothing(case, &["with handlers that set errno"]);
    }
}

#[test]
fn a_process_waits_for_a_daemon_where_fork_handlers_set_errno() {
    assert_daemon_has_them(&["with handlers that set errno", "after a while"]);
}

/// Starts a daemon that adopts the handlers while its parent is inside `exit`.
#[track_caller]
fn assert_daemon_has_them(conditions: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let daemon = |daemon: Scenario| {
        daemon.arg("a daemon").env("EMPTY_FOLDER", folder.path()).args(conditions)
    };
    let mut tries = 0;
    // A try does not count if the machine does not run the daemon within the second that its parent
    // waits. A daemon that never succeeds is a failure.
    for slow in 0.. {
        if tries == TRIES {
            break;
        }
        let ended = daemon(scenario!("fork_waits")).run();
        let waited = ended.lines().into_iter().find_map(|line| {
            line.strip_prefix("after ")?.strip_suffix(" ms, in the parent")?.parse::<u64>().ok()
        });
        if slow < 4 * TRIES && waited.is_some_and(|waited| waited >= 1_000) {
            continue;
        }
        tries += 1;
        if ended.is_left_out() {
            return;
        }
        let lines = ended.lines();
        let ran_in_the_daemon = lines.len() == 2
            && lines[0] == "adopted: Ok(())"
            && lines[1].ends_with(", in the child");
        assert!(
            ran_in_the_daemon && ended.stderr.is_empty() && ended.code() == 0,
            "{conditions:?}: {ended:?}"
        );
    }
}

#[test]
fn a_process_waits_for_a_daemon_that_has_closed_all_descriptors() {
    assert_daemon_has_them(&[]);
    assert_daemon_has_them(&["without robust lists"]);
}

#[test]
fn a_process_waits_for_a_daemon_whose_program_cannot_be_read() {
    for condition in ["without privileges", "in an empty folder"] {
        assert_daemon_has_them(&[condition]);
        assert_daemon_has_them(&["without robust lists", condition]);
    }
}

#[test]
fn a_process_does_not_wait_for_another_program_that_only_its_path_identifies() {
    assert_waits_for_nothing("another program", &["without robust lists"]);
}
