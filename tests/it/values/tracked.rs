//! Tracked values are closed once: by their last handle, by `close`, or at exit. A forked child
//! never closes them.

use crate::support::{Ended, handler_line, panics_abort, scenario, where_threads_are_shown};

fn tracked(what: &str) -> Ended {
    scenario!("tracked").arg(what).run()
}

#[test]
fn the_last_handle_closes_and_then_drops_the_value() {
    tracked("scope").assert(
        0,
        "one handle is left for value\nvalue closed on main\nvalue dropped\n",
        "",
    );
}

#[test]
fn close_closes_once_for_all_handles() {
    let stdout = "value closed on main\ntrue\nstill there: value\nvalue dropped\ntrue\n\
                  failing closed on main\nfailing dropped\nno luck\n";
    tracked("close").assert(0, stdout, "");
}

#[test]
fn what_is_left_is_closed_at_exit_by_priority_and_newest_first() {
    let stdout = "\
the high one tracked, tracked::main::{{closure}} registered, tracked::Loud tracked, \
    tracked::Loud tracked, tracked::count_made declared, tracked::count declared
high closed on exitmacro
registered
new closed on exitmacro
old closed on exitmacro
";
    tracked("exit").assert(3, stdout, "");
}

#[test]
fn failures_at_exit_are_reported_and_the_rest_is_closed() {
    if panics_abort() {
        return;
    }
    let stdout =
        "failing closed on exitmacro\npanicking closed on exitmacro\nvalue closed on exitmacro\n";
    let stderr = "\
exitmacro: handler `tracked::Loud` (tests/src/bin/tracked.rs:_) failed after _s: no luck

thread 'exitmacro' (_) panicked at tests/src/bin/tracked.rs:_:
bad luck
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
exitmacro: handler `the unlucky one` (tests/src/bin/tracked.rs:_) panicked after _s: bad luck
";
    tracked("failing at exit").assert_at_any_line(3, stdout, stderr);
}

#[test]
fn failures_of_the_last_drop_are_reported_and_not_passed_on() {
    if panics_abort() {
        return;
    }
    let stdout =
        "failing closed on main\nfailing dropped\npanicking closed on main\npanicking dropped\n";
    let stderr = "\
exitmacro: closing `tracked::Loud` (tests/src/bin/tracked.rs:_) failed: no luck

thread 'main' (_) panicked at tests/src/bin/tracked.rs:_:
bad luck
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
exitmacro: closing `the unlucky one` (tests/src/bin/tracked.rs:_) panicked: bad luck
";
    tracked("failing at drop").assert_at_any_line(0, stdout, stderr);
}

#[test]
fn an_exit_in_the_last_drop_ends_the_handler_that_drops() {
    // Without unwinding, the thread stops while it closes the value.
    let name = where_threads_are_shown(" (thread `exitmacro`)");
    let busy = format!(
        "busy: a thread that was stopped because another one ends the process{name} is in the \
         middle of closing it"
    );
    let stderr = if panics_abort() {
        handler_line("tracked::Exits", "tracked", &format!("failed after _s: {busy}"))
    } else {
        String::new()
    };
    tracked("exits at drop").assert_at_any_line(7, "next\n", &stderr);
}

#[test]
fn a_value_that_is_made_after_the_run_is_closed_by_its_drop() {
    tracked("after the run").assert(
        0,
        "made after the run\nvalue closed on main\nvalue dropped\n",
        "",
    );
}

#[test]
fn a_forked_child_discards_a_value_that_was_made_after_the_run() {
    let child = "value discarded\nclosed in the child: true\n";
    let parent = "the child ended with 0\nvalue closed on main\nvalue dropped\n";
    tracked("after the run, and fork").assert(0, &format!("{child}{parent}"), "");
}

#[test]
fn exit_waits_for_a_value_that_another_thread_is_closing() {
    tracked("exit waits for a drop").assert(3, "closed\n", "");
}

#[test]
fn eight_threads_that_make_and_drop_a_million_values_while_the_process_exits_close_each_once() {
    for _ in 0..3 {
        tracked("churn").assert(3, "closed twice: 0, never: 0, enough made: true\n", "");
    }
}

#[test]
fn a_forked_child_discards_a_value_and_sends_its_peer_nothing() {
    for (how, child) in
        [("drops", "value discarded\n"), ("closes", "value discarded\ntrue true\n"), ("exits", "")]
    {
        let parent =
            "the peer reads: Err(WouldBlock)\nthe peer reads: ping\nvalue closed on exitmacro\n";
        scenario!("tracked").arg("fork").arg(how).run().assert(3, &format!("{child}{parent}"), "");
    }
}
