//! Handlers registered and unregistered before, during and after the run.

use crate::support::{TIMED_OUT, handler_line, scenario};

#[track_caller]
fn assert_prints(case: &str, stdout: &str) {
    scenario!("registrations").arg(case).run().assert(0, stdout, "");
}

#[test]
fn a_waiting_handler_can_be_unregistered_once() {
    let stdout = "\
Removed, then Finished
Finished, all different: true
in the place of the second
third
first
";
    assert_prints("unregister", stdout);
}

#[test]
fn a_handler_can_unregister_others_but_not_itself() {
    let stdout = "\
before
before: Finished, itself: Running, later: Removed, then Finished
last
after: [Finished, Finished, Finished, Finished]
";
    assert_prints("unregister in the run", stdout);
}

#[test]
fn an_abandoned_handler_is_running_until_it_ends() {
    let ended = scenario!("registrations").arg("unregister from a thread").run();
    let stderr = &handler_line("running", "registrations", TIMED_OUT);
    ended.assert_at_any_line(0, "running: Running\nabandoned: Running\nended: Finished\n", stderr);
}

#[test]
fn handlers_registered_during_the_run_are_ordered_among_those_that_wait() {
    let stdout = "\
10
registers
taken back: Removed
20, late
0, later
0, late
0, newer
0, older
-5, late
-10
chain
the last link
i32::MIN, late
";
    assert_prints("register in the run", stdout);
}

#[test]
fn nothing_can_be_registered_after_the_run() {
    let refused = "dropped; Some(Finished)\n\
                   the exit handlers have already run; this one would never be called\n";
    assert_prints("register after the run", &format!("only\n{refused}"));
    assert_prints("register after a run of nothing", &format!("0 handlers\n{refused}"));
}

#[test]
fn nothing_can_be_registered_after_the_hook_found_nothing_to_run() {
    assert_prints("register after exit", "Some(Finished), 0 handlers planned\n");
}

#[test]
fn a_timeout_of_zero_is_refused() {
    assert_prints(
        "zero timeout",
        "ZeroTimeout: the timeout of an exit handler must be longer than zero\n",
    );
}

#[test]
fn ten_thousand_handlers_run_in_order() {
    assert_prints("many", "10000 removed, 10000 ran: true, all in order: true\n");
}
