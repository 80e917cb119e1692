//! No child is left, whatever ends the program, and all that it printed is received.
//!
//! A child and all that it starts hold the program's stderr open. The harness waits until that is
//! closed, and fails the test where it is not.

use crate::support::{Ended, Scenario, handler_line, panic_message, panics_abort, scenario};

fn children(what: &str, exit_path: &str) -> Scenario {
    scenario!("children").args([what, exit_path])
}

fn ended(what: &str, exit_path: &str) -> Ended {
    children(what, exit_path).run()
}

#[test]
fn no_child_is_left_in_any_way_out() {
    let panic = panic_message("main", "../ended", "main panics");
    let panics = if panics_abort() { -libc::SIGABRT } else { 101 };
    for (exit_path, code, stderr) in [
        ("return", 0, ""),
        ("error", 1, "Error: \"no luck\"\n"),
        ("panic", panics, panic.as_str()),
        ("std exit", 3, ""),
        ("c exit", 4, ""),
        ("exit", 5, ""),
        ("exit on a thread", 6, ""),
        ("SIGTERM", 128 + libc::SIGTERM, ""),
    ] {
        let ended = ended("server", exit_path);
        ended.assert_at_any_line(code, "ready\nstopped\n", stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_that_follows_its_parent_survives_no_end_without_handlers() {
    let killed = ended("server that follows its parent", "SIGKILL");
    assert_eq!((killed.code(), killed.stdout.as_str()), (-libc::SIGKILL, "ready\n"), "{killed:?}");
    let mut running = children("server that follows its parent", "second signal").start();
    running.wait_for("stuck");
    running.signal(libc::SIGINT);
    let forced = running.end();
    assert_eq!((forced.code(), forced.stdout.as_str()), (128 + libc::SIGINT, "ready\nstuck\n"));
}

#[test]
fn a_child_gets_its_own_stop_signal() {
    ended("database", "return").assert(0, "ready\ninterrupted\n", "");
}

/// Without a look at the states of the group's processes, closing the child would take all of its
/// timeout.
#[cfg(target_os = "linux")]
#[test]
fn a_zombie_that_no_process_reaps_is_not_waited_for() {
    ended("with a zombie", "return").assert(0, "ready\n", "");
}

#[test]
fn a_child_is_killed_before_its_handler_is_abandoned() {
    let ended = children("patient", "std exit").env("EXITMACRO_BUDGET", "1s").run();
    assert_eq!((ended.code(), ended.stdout.as_str(), ended.stderr.as_str()), (3, "ready\n", ""));
}

/// Each of them takes most of the budget that is left, so that some handlers are abandoned or
/// skipped.
#[test]
fn no_child_is_left_when_the_budget_is_used_up() {
    let sigterm = 128 + libc::SIGTERM;
    for (exit_path, code) in [("std exit", 3), ("c exit", 4), ("exit", 5), ("SIGTERM", sigterm)] {
        let ended = children("crowd", exit_path).env("EXITMACRO_BUDGET", "500ms").run();
        let ready = ended.stdout.lines().filter(|line| *line == "ready").count();
        assert_eq!((ended.code(), ready), (code, 21), "{ended:?}");
        let is_skipped = "skipped: the budget of 500ms is used up";
        assert!(ended.stderr.lines().any(|line| line.ends_with(is_skipped)), "{ended:?}");
    }
}

#[test]
fn a_child_that_a_scope_closes_is_killed_before_its_handler_is_abandoned() {
    let ended = children("asked", "exit while it is closed").env("EXITMACRO_BUDGET", "2s").run();
    ended.assert(0, "ready\n", "");
}

#[test]
fn all_that_a_child_prints_while_it_ends_is_received() {
    // More than a pipe holds.
    for exit_path in ["return", "std exit", "SIGTERM"] {
        let ended = ended("talkative", exit_path);
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("ready\n100000 lines\n", ""));
    }
}

#[test]
fn a_process_that_left_the_group_is_not_waited_for() {
    let ended = ended("escaper", "std exit");
    ended.assert_at_any_line(
        3,
        "ready\n",
        &handler_line(
            "child process",
            "children",
            "failed after _s: its stdout was not read to the end: another process has it open, \
             or the receiver of its lines takes too long",
        ),
    );
}

#[test]
fn a_receiver_that_panics_does_not_block_the_child() {
    if panics_abort() {
        // The panic ends the program.
        return;
    }
    let ended = ended("panicking receiver", "std exit");
    let panic = panic_message("child-stdout", "children", "not this line");
    let failure = handler_line(
        "child process",
        "children",
        "failed after _s: the receiver of the lines of its stdout panicked: not this line",
    );
    ended.assert_at_any_line(3, "ready\n", &(panic + &failure));
}

#[test]
fn a_child_that_another_thread_waits_for_is_ended() {
    let ended = ended("waited for", "std exit");
    ended.assert(3, "ready\nstopped\nwaited: exit status: 0\n", "");
    assert!(ended.took.as_secs_f64() < 5.0, "the lock was waited for: {ended:?}");
}
