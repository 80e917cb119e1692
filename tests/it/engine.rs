//! Programs in which nothing is declared: what runs handlers is there only when something leads to it.

use crate::harness::{Ended, scenario};

#[track_caller]
fn run(case: &str) -> Ended {
    scenario!("engine").arg(case).run()
}

#[test]
fn nothing_can_be_registered_while_a_process_ends_that_had_nothing_to_run() {
    run("register while ending").assert(3, "Ok(Some(Finished))\n", "");
    run("register, exit and run while ending").assert(3, "Err(Finished), 0 handlers\n", "");
}

#[test]
fn another_thread_does_not_cut_short_such_an_end() {
    run("exit on another thread while ending").assert(3, "goes on\n", "");
}

#[test]
fn the_thread_that_ends_may_exit_again() {
    run("exit twice").assert(5, "", "");
}

#[test]
fn a_child_registers_what_it_runs() {
    run("fork").assert(0, "called in the child\nthe child ended with 6\n", "");
}

#[test]
fn a_child_of_a_process_that_ends_registers_what_it_runs() {
    run("fork while ending").assert(3, "called in the child\nthe child ended with 6\n", "");
}

#[test]
fn eight_threads_may_call_c_exit_at_once() {
    for _ in 0..300 {
        let ended = run("c exit on eight threads");
        assert!((1..=8).contains(&ended.code()), "{ended:?}");
        ended.assert(ended.code(), "called\n", "");
    }
}

#[test]
fn a_thread_that_hangs_in_c_exit_does_not_keep_another_one() {
    let ended = run("c exit while another one hangs in it");
    ended.assert(2, "called\n", "");
}
