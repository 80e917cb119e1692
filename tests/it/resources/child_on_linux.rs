//! Child processes, with what only Linux has: the states of all processes in `/proc`, descriptors
//! of processes, namespaces, and signals at the end of a parent.

use super::{folder, resources};
use crate::support::despite_load;
use std::time::{Duration, Instant};
use std::{fs, thread};

/// Whether this process runs. A zombie, which another process may have to reap, does not.
fn runs(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !status.is_empty() && !status.rsplit(") ").next().is_some_and(|state| state.starts_with('Z'))
}

#[test]
fn a_child_is_ended_and_reaped_with_all_that_it_started() {
    despite_load(a_child_is_ended_and_reaped_with_all_that_it_started_once);
}

fn a_child_is_ended_and_reaped_with_all_that_it_started_once() {
    let ended = resources("child", &folder());
    let [child, grandchild] = ended.lines()[..] else { panic!("{ended:?}") };
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""));
    assert!(!runs(child) && !runs(grandchild));
    assert!(ended.took.as_millis() < 1900, "SIGTERM was enough: {ended:?}");
}

#[test]
fn a_child_that_ignores_sigterm_is_killed() {
    let ended = resources("child that ignores SIGTERM", &folder());
    let [child, grandchild] = ended.lines()[..] else { panic!("{ended:?}") };
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""));
    assert!(!runs(child) && !runs(grandchild));
    assert!(ended.took.as_millis() >= 2000, "{ended:?}");
}

#[test]
fn the_group_of_a_child_that_was_already_reaped_is_ended() {
    for what in ["child of a reaped leader", "child of a reaped leader, found by numbers"] {
        for reaper in ["kernel", "flag", "thread", "handle"] {
            let folder = folder();
            fs::write(folder.path().join("reaper"), reaper).expect("it can be written");
            let ended = resources(what, &folder);
            if ended.is_left_out() {
                continue;
            }
            let [grandchild] = ended.lines()[..] else { panic!("{ended:?}") };
            assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{what}, {reaper}");
            assert!(!runs(grandchild), "{what}, {reaper}: {ended:?}");
        }
    }
}

#[test]
fn the_group_of_a_child_that_no_thread_can_reap_is_killed() {
    for what in ["child whose lock is held", "child whose lock is held, found by numbers"] {
        let ended = resources(what, &folder());
        if ended.is_left_out() {
            continue;
        }
        // A second line may say that nothing has reaped the child, which is a zombie.
        let [grandchild, ..] = ended.lines()[..] else { panic!("{ended:?}") };
        assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{what}");
        assert!(!runs(grandchild), "{what}: {ended:?}");
        assert!(ended.took.as_millis() >= 2000, "{what}: {ended:?}");
    }
}

#[test]
fn no_child_is_started_that_no_handler_would_end() {
    resources("child after the last handler", &folder()).assert(0, TOO_LATE, "");
}

#[test]
fn nothing_is_made_that_no_handler_would_remove() {
    let folder = folder();
    // A child, and one of each that is removed by its path.
    resources("child after the handlers", &folder).assert(0, &TOO_LATE.repeat(5), "");
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 0);
}

const TOO_LATE: &str = "Err(\"the process is ending, and its exit handlers have run\")\n";

#[test]
fn a_child_that_is_stopped_ends_by_itself() {
    let folder = folder();
    let ended = resources("child that is stopped", &folder);
    ended.assert(0, "", "");
    assert!(folder.path().join("bye").exists(), "{ended:?}");
}

#[test]
fn a_process_that_got_the_number_of_a_child_is_left_alone() {
    let ended = resources("reused process id", &folder());
    if !ended.is_left_out() {
        ended.assert(0, "lives on: true\nlives on: true\n", "");
    }
}

#[test]
fn a_descriptor_that_is_another_childs_is_not_used() {
    let printed = "Ok(())\nthe first one lives: false\nthe second one lives: true\n";
    resources("child whose descriptor is another's", &folder()).assert(0, printed, "");
}

#[test]
fn a_child_of_the_parent_is_ended_or_an_error() {
    let ended = |closed: &str, signal: i32| {
        format!("{closed}\nthe forked child ended with 0\nits sibling ended with -{signal}\n")
    };
    resources("child of the parent", &folder()).assert(0, &ended("Ok(())", libc::SIGTERM), "");
    let error = "Err(\"child process _ (`sleep`): only the process that started it can end it, \
                 because this one has no descriptor of it: close it before the fork, or keep the \
                 descriptors open\")";
    let without = resources("child of the parent, without descriptors", &folder());
    without.assert(0, &ended(error, libc::SIGKILL), "");
}

#[test]
fn a_child_may_end_with_a_parent_that_is_killed() {
    let ended = resources("child that follows its parent", &folder());
    assert_eq!((ended.code(), ended.lines().len()), (-libc::SIGKILL, 2), "{ended:?}");
    let end = Instant::now() + Duration::from_secs(30);
    for child in ended.lines() {
        while runs(child) {
            assert!(Instant::now() < end, "{child} lives on");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// As in the fixture of a test program, where the thread of the first test makes the fixture.
#[test]
fn a_child_that_follows_its_parent_survives_the_thread_that_started_it() {
    for what in ["child of a thread that has ended", "child of a command that asked before"] {
        resources(what, &folder()).assert(0, "lives on: true\n", "");
    }
}
