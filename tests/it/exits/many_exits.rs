//! Several threads that end the process at once: the handlers run once, and nothing crashes or
//! hangs.

use crate::support::{rounds, scenario, target};

#[track_caller]
fn assert_once(case: &str, whole: u32) {
    assert_once_and(case, whole, "");
}

/// `after` is what is printed after the handlers.
#[track_caller]
fn assert_once_and(case: &str, whole: u32, after: &str) {
    for _ in 0..rounds(whole) {
        let ended = scenario!("many_exits").arg(case).run();
        // The status of the thread that was first.
        assert!((1..=8).contains(&ended.code()), "{case}: {ended:?}");
        let reason = if ended.stdout.contains("requested") { "requested" } else { "exit" };
        ended.assert(ended.code(), &format!("registered\ncall 1\nlast, for {reason}\n{after}"), "");
    }
}

#[test]
fn eight_threads_may_call_c_exit_at_once() {
    assert_once("c exit", 300);
}

#[test]
fn eight_threads_may_be_stopped_in_c_exit_before_the_hook_is_back() {
    // From glibc 2.41 on, libc stops the other threads before the hook.
    if target().is_glibc() && !target().one_thread_may_exit {
        assert_once("c exit, stopped in the hook", 1);
    }
}

#[test]
fn handlers_run_at_the_end_of_the_list_where_libc_has_no_memory_for_the_hook() {
    // Elsewhere nothing else calls the crate. The status is not known there.
    if target().is_glibc() && target().hook_knows_status {
        let handler = "main\nhandler, for exit, status None\n";
        scenario!("hook_refused").run().assert(0, handler, "");
    }
}

#[test]
fn more_threads_may_call_c_exit_than_there_are_copies_of_the_hook() {
    let handlers = "they are held\nregistered\ncall 1\nlast, for exit\n";
    scenario!("many_exits")
        .arg("c exit, more than there are copies of the hook")
        .run()
        .assert(1, handlers, "");
}

#[test]
fn more_threads_may_call_c_exit_in_a_child_that_is_forked_after_the_run() {
    let stdout = "registered\ncall 1\nlast, for requested\nthey are held\nthe child ended with 1\n";
    scenario!("many_exits")
        .arg("c exit in a child after the run, more than there are copies of the hook")
        .run()
        .assert(0, stdout, "");
}

#[test]
fn eight_threads_may_call_std_exit_at_once() {
    assert_once("std exit", 50);
}

#[test]
fn eight_threads_may_call_exitmacro_exit_at_once() {
    assert_once("exitmacro exit", 50);
}

#[test]
fn all_kinds_of_exit_may_be_called_at_once() {
    assert_once("every exit", 100);
}

#[test]
fn one_thread_ends_the_process_and_no_other_thread_interrupts_it() {
    // Elsewhere the first thread may have to end the process without the rest of libc's list.
    if target().status_changes_inside_exit {
        assert_once_and("every exit, then more of libc", 30, "after the hook\n");
    }
}

#[test]
fn two_threads_may_run_by_hand_at_once() {
    for _ in 0..20 {
        scenario!("many_exits").arg("run by hand").run().assert(
            0,
            "registered\ncall 1\nlast, for requested\neach saw [3, 3]\n",
            "",
        );
    }
}

#[test]
fn main_that_returns_waits_for_a_run_by_hand() {
    for _ in 0..20 {
        let ended = scenario!("many_exits").arg("run by hand while main returns").run();
        let reason = if ended.stdout.contains("requested") { "requested" } else { "exit" };
        ended.assert(0, &format!("registered\ncall 1\nlast, for {reason}\n"), "");
    }
}
