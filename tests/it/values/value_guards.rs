//! A guard's function gets the value once, at the end of its scope or at exit, and never while the
//! value is locked.

use crate::support::{handler_line, panics_abort, scenario, where_threads_are_shown};

#[track_caller]
fn assert_guard(case: &str, code: i32, stdout: &str) {
    scenario!("value_guards").arg(case).run().assert(code, stdout, "");
}

/// The line about a value that its function did not get.
fn busy(thread: &str) -> String {
    handler_line(
        "guard value_guards::guarding::{{closure}}",
        "value_guards",
        &format!(
            "failed after _s: busy: {thread} has locked the guard's value at \
             tests/src/bin/value_guards.rs:_, which its function therefore did not get"
        ),
    )
}

const AT_EXIT: &str = "\
[\"first\", \"second\"] on exitmacro
[\"first\", \"second\"] dropped
last handler
";

#[test]
fn the_function_gets_the_value_at_the_end_of_the_scope() {
    let stdout = "\
[\"first\", \"second\"] on main
[\"first\", \"second\"] dropped
after the scope
end of main
last handler
";
    assert_guard("scope", 0, stdout);
}

#[test]
fn the_function_gets_the_value_when_a_panic_unwinds_through_its_lock() {
    if !panics_abort() {
        let stdout = "\
[\"first\", \"second\", \"third\"] on main
[\"first\", \"second\", \"third\"] dropped
panicked: true
end of main
last handler
";
        assert_guard("unwinding", 0, stdout);
    }
}

#[test]
fn the_function_gets_the_value_at_every_exit() {
    assert_guard("std exit", 3, AT_EXIT);
    assert_guard("exitmacro exit", 3, AT_EXIT);
    assert_guard("forgotten", 0, &format!("end of main\n{AT_EXIT}"));
    assert_guard("signal", 143, AT_EXIT);
    if !panics_abort() {
        assert_guard("main panics", 101, AT_EXIT);
    }
}

#[test]
fn a_value_that_was_taken_back_is_the_owners_unless_the_run_came_first() {
    let stdout = "\
taken back: true
[\"first\", \"second\"] dropped
[\"late\"] on exitmacro
[\"late\"] dropped
last handler
taken back: false
end of main
";
    assert_guard("taken back", 0, stdout);
}

#[test]
fn a_value_that_the_run_has_taken_is_not_locked() {
    let stdout = format!("{AT_EXIT}\"third\": the value is gone\nend of main\n");
    assert_guard("run by hand", 0, &stdout);
}

#[test]
fn a_guard_made_after_the_run_still_hands_over_its_value() {
    let stdout = format!(
        "{AT_EXIT}[\"late\", \"later\"] on main\n[\"late\", \"later\"] dropped\nend of main\n"
    );
    assert_guard("after the run", 0, &stdout);
}

#[test]
fn a_panic_of_the_function_leaves_the_drop() {
    if !panics_abort() {
        let stdout = "\
panicked: true
end of main
[\"first\", \"second\"] on main
[\"first\", \"second\"] dropped
last handler
";
        assert_guard("panics", 0, stdout);
    }
}

#[test]
fn a_value_that_was_locked_during_a_run_by_hand_is_handed_over_at_the_end_of_the_scope() {
    let stdout = "\
last handler
false
end of main
[\"first\", \"second\", \"third\"] on main
[\"first\", \"second\", \"third\"] dropped
";
    let ended = scenario!("value_guards").arg("run while it is locked").run();
    let name = where_threads_are_shown(" (the main thread)");
    let thread = format!("a thread that waits for the exit handlers{name}");
    ended.assert_at_any_line(0, stdout, &busy(&thread));
}

#[test]
fn a_forked_child_has_a_copy_and_leaves_the_value_to_its_parent() {
    let stdout = "\
[\"first\", \"second\", \"in the child\"]
[\"own\"] dropped
the child's own: Some(1)
[\"own\"] on main
[\"own\"] dropped
the child has ended
taken back: true
[\"first\", \"second\"] dropped
end of main
last handler
";
    assert_guard("forked", 0, stdout);
}

#[test]
fn a_child_that_adopts_does_not_wait_for_a_thread_of_its_parent() {
    let ended = scenario!("value_guards").arg("adopted while a thread of the parent uses it").run();
    let stdout = "last handler\nthe child has ended\nend of main\n";
    ended.assert_at_any_line(0, stdout, &busy("a thread of the parent process"));
}

#[test]
fn the_run_waits_until_another_thread_has_given_the_value_back() {
    let lines = "[\"first\", \"second\", \"from a thread\"]";
    assert_guard(
        "a thread uses it",
        3,
        &format!("{lines} on exitmacro\n{lines} dropped\nlast handler\n"),
    );
}

#[test]
fn a_thread_that_locks_the_value_again_and_again_does_not_keep_it_from_the_run() {
    let ended = scenario!("value_guards").arg("a thread uses it again and again").run();
    let whole = ended.stdout.contains("] on exitmacro\n") && ended.stdout.contains("] dropped\n");
    assert!(whole && ended.stdout.ends_with("last handler\n"), "{ended:?}");
    assert_eq!((ended.code(), ended.stderr.as_str()), (3, ""));
}

#[test]
fn a_value_that_another_thread_keeps_is_busy_before_the_timeout() {
    let thread = where_threads_are_shown("a thread without a name");
    let thread = if thread.is_empty() { "another thread" } else { thread };
    let keeps = |case| scenario!("value_guards").arg(case).env("EXITMACRO_BUDGET", "1s").run();
    keeps("a thread keeps it").assert_at_any_line(3, "last handler\n", &busy(thread));
    let stdout = "\
last handler
false
[\"first\", \"second\", \"from a thread\"] on a thread
[\"first\", \"second\", \"from a thread\"] dropped
end of main
";
    keeps("a thread keeps it during a run").assert_at_any_line(0, stdout, &busy(thread));
}
