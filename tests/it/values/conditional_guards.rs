//! `on_success` and `on_unwind` decide by a panic at the end of their scope, and by the exit status
//! at exit. `defer!` runs at every end.

use crate::support::{panics_abort, scenario, target};

#[track_caller]
fn assert_guards(case: &str, code: i32, stdout: &str) {
    scenario!("conditional_guards").arg(case).run().assert(code, stdout, "");
}

#[test]
fn the_end_of_a_scope_is_a_success() {
    assert_guards("scope", 0, "success, on main\nend of main\nlast handler: return\n");
}

#[test]
fn a_panic_is_none_whether_it_unwinds_or_aborts() {
    if panics_abort() {
        let stdout = "unwind, on exitmacro\nlast handler: panic\n";
        assert_guards("unwinding", -libc::SIGABRT, stdout);
    } else {
        let stdout = "unwind, on main\npanicked: true\nend of main\nlast handler: return\n";
        assert_guards("unwinding", 0, stdout);
    }
}

#[test]
fn a_destructor_that_a_panic_calls_ends_well() {
    if !panics_abort() {
        let stdout = "\
in a destructor that a panic calls
success, on main
panicked: true
end of main
last handler: return
";
        assert_guards("a destructor", 0, stdout);
    }
}

#[test]
fn the_status_decides_at_exit() {
    for (case, code, what) in [
        ("exitmacro exit 0", 0, "success"),
        ("exitmacro exit 5", 5, "unwind"),
        ("std exit 0", 0, "success"),
        ("std exit 5", 5, "unwind"),
        ("std exit 256", 0, "success"),
    ] {
        let ran = format!("{what}, on exitmacro\n");
        let ended = scenario!("conditional_guards").arg(case).run();
        if target().hook_knows_status || case.starts_with("exitmacro exit") {
            ended.assert(code, &format!("{ran}last handler: exit\n"), "");
        } else {
            assert_eq!((ended.code(), ended.stdout.as_str()), (code, "last handler: exit\n"));
            let is_skipped = |line: &str| line.contains("the exit status is not known here; ");
            assert!(ended.stderr.lines().all(is_skipped) && !ended.stderr.is_empty(), "{ended:?}");
        }
    }
}

#[test]
fn the_status_decides_when_main_returns() {
    let ends = |what: &str| format!("end of main\n{what}, on exitmacro\nlast handler: return\n");
    assert_guards("forgotten", 0, &ends("success"));
    assert_guards("a handler sets the status", 7, &ends("unwind"));
}

#[test]
fn a_panic_that_ends_the_process_is_a_failure() {
    if !panics_abort() {
        assert_guards("main panics", 101, "unwind, on exitmacro\nlast handler: panic\n");
    }
    scenario!("conditional_guards").arg("a panic that cannot unwind").run().assert(
        -libc::SIGABRT,
        "unwind, on exitmacro\nlast handler: panic\n",
        if panics_abort() { "" } else { "thread caused non-unwinding panic. aborting.\n" },
    );
}

#[test]
fn a_signal_is_neither_a_success_nor_a_failure() {
    assert_guards("signal", 143, "last handler: SIGTERM\n");
}

#[test]
fn a_run_by_hand_is_a_success_and_the_end_of_the_scope_still_decides_about_what_it_skipped() {
    let stdout = "success, on exitmacro\nlast handler: requested\n";
    assert_guards("run", 0, &format!("{stdout}true\nend of main\n"));
    if !panics_abort() {
        assert_guards(
            "run, then a panic",
            0,
            &format!("{stdout}unwind, on main\npanicked: true\nend of main\n"),
        );
    }
}

#[test]
fn an_exit_inside_a_handler_unwinds() {
    if !panics_abort() {
        assert_guards(
            "a handler exits",
            0,
            "end of main\nunwind, on exitmacro\nlast handler: return\n",
        );
    }
}

#[test]
fn both_kinds_can_be_defused() {
    assert_guards("defused", 0, "Removed\nRemoved\nend of main\nlast handler: return\n");
}

#[test]
fn a_forked_child_leaves_both_to_its_parent() {
    assert_guards(
        "forked",
        0,
        "the child has ended\nsuccess, on main\nend of main\nlast handler: return\n",
    );
}

#[test]
fn deferred_statements_run_in_reverse_order_at_the_end_of_their_scope() {
    let stdout = "\
in the scope
the first statement
the second statement
end of main
last handler: return
";
    assert_guards("deferred", 0, stdout);
}

#[test]
fn deferred_statements_run_at_exit() {
    assert_guards("deferred, exit", 3, "a captured text, on exitmacro\nlast handler: exit\n");
}
