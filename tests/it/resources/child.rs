//! Child processes and threads: they are ended, reaped and joined.

use super::{folder, resources};
use crate::support::panics_abort;
use std::fs;

#[test]
fn a_child_that_has_ended_is_left_alone() {
    resources("child that has ended", &folder()).assert(0, "", "");
}

#[test]
fn a_child_that_was_already_reaped_is_no_failure() {
    for reaper in ["kernel", "flag", "thread", "handle"] {
        let folder = folder();
        fs::write(folder.path().join("reaper"), reaper).expect("it can be written");
        resources("child, reaped by another", &folder).assert(0, "", "");
    }
}

#[test]
fn a_child_has_as_much_time_as_configured() {
    for grace in ["child that takes long", "child that may take for ever"] {
        let folder = folder();
        // The child takes longer than the default grace period of a child.
        resources(grace, &folder).assert(0, "", "");
        assert!(folder.path().join("ended").exists(), "{grace}: it was killed before");
    }
}

#[test]
fn a_child_has_no_more_time_than_configured() {
    // The default grace period is two seconds, which this child would use up in each try.
    for _ in 0..12 {
        let ended = resources("child that ignores SIGTERM, with a short grace", &folder());
        ended.assert(0, "", "");
        if ended.took.as_millis() < 1900 {
            return;
        }
    }
    panic!("it always took longer");
}

#[test]
fn a_thread_that_panicked_is_a_failure() {
    if panics_abort() {
        // The thread aborts the process.
        return;
    }
    let ended = resources("thread that panics", &folder());
    let lines: Vec<_> = ended
        .stderr
        .lines()
        .filter_map(|line| line.rsplit_once("failed after ")?.1.split_once(": "))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(
        (ended.code(), lines),
        (
            0,
            vec!["a thread without a name panicked: 42", "the thread `writer` panicked: disk full"]
        ),
        "{}",
        ended.stderr
    );
}
