//! A guard's function runs once, at the end of its scope or at exit, whichever comes first.

use crate::support::{panics_abort, scenario};

#[track_caller]
fn assert_guard(case: &str, code: i32, stdout: &str) {
    scenario!("guards").arg(case).run().assert(code, stdout, "");
}

#[test]
fn a_guard_runs_at_the_end_of_the_scope() {
    let stdout = "\
in the scope
inner called, on main
inner dropped
after the scope
outer called, on main
outer dropped
end of main
last handler
";
    // The outer guard ends with its match arm.
    assert_guard("scope", 0, stdout);
}

#[test]
fn a_guard_runs_when_a_panic_unwinds() {
    if !panics_abort() {
        assert_guard(
            "unwinding",
            0,
            "guard called, on main\nguard dropped\npanicked: true\nend of main\nlast handler\n",
        );
    }
}

#[test]
fn a_guard_runs_at_exit_when_destructors_do_not() {
    let newest_first = "second called, on exitmacro\nsecond dropped\nfirst called, on exitmacro\n\
                        first dropped\nlast handler\n";
    assert_guard("std exit", 3, newest_first);
    assert_guard("exitmacro exit", 3, "guard called, on exitmacro\nguard dropped\nlast handler\n");
    assert_guard(
        "forgotten",
        0,
        "end of main\nguard called, on exitmacro\nguard dropped\nlast handler\n",
    );
}

#[test]
fn a_defused_guard_drops_its_function_unless_the_run_came_first() {
    let stdout = "guard dropped\nRemoved\nlate called, on exitmacro\nlate dropped\nlast handler\n\
                  Finished\nend of main\n";
    assert_guard("defused", 0, stdout);
}

#[test]
fn defusing_at_the_moment_of_the_run_returns_whether_the_function_runs() {
    for _ in 0..5 {
        assert_guard("defused while the run begins", 0, "last handler\nwrong: 0\n");
    }
}

#[test]
fn a_guard_that_a_forked_child_drops_runs_in_the_parent_only() {
    let stdout = "\
the child's own called, on main
the child's own dropped
the child has ended
guard called, on main
guard dropped
end of main
last handler
";
    assert_guard("forked", 0, stdout);
    let (ends, last) = stdout.split_at(stdout.len() - "last handler\n".len());
    assert_guard("forked after the run", 0, &format!("{last}{ends}"));
}

#[test]
fn a_drop_does_not_wait_for_the_run_that_executes_it() {
    assert_guard(
        "dropped while it runs",
        0,
        "dropped\ncalled, after the drop\nlast handler\nend of main\n",
    );
}

#[test]
fn a_handler_may_drop_a_guard() {
    assert_guard(
        "dropped by a handler",
        0,
        "end of main\nguard called, on exitmacro\nguard dropped\nlast handler\n",
    );
}

#[test]
fn a_guard_made_after_the_run_still_runs_at_its_drop() {
    let stdout = "last handler\nguard called, on main\nguard dropped\ndefused dropped\nRemoved\n\
                  end of main\n";
    assert_guard("after the run", 0, stdout);
}

#[test]
fn a_panic_of_the_function_leaves_the_drop() {
    if !panics_abort() {
        assert_guard("panics", 0, "panicked: true\nend of main\nlast handler\n");
    }
}
