//! A forked child does not wait for a thread that only its parent has.

use crate::support::{handler_line, scenario, target};

const HOLDS: &str = "holds a guard of the `AtExitCell<forked_values::Value>` of \
                     tests/src/bin/forked_values.rs:_, whose value is therefore not dropped";

#[track_caller]
fn assert_forked(what: &str, code: i32, stdout: &str, stderr: &str) {
    let mut ended = scenario!("forked_values").arg(what).run();
    // The module path of the type is private to std.
    ended.stderr = ended.stderr.replace("std::thread::join_handle::", "std::thread::");
    ended.assert_at_any_line(code, stdout, stderr);
}

#[test]
fn a_child_makes_a_value_again_that_a_thread_of_the_parent_was_making() {
    let child = "making in the child\nthe child gets it: true\ndropped in the child\n\
                 the child ended with 5\n";
    assert_forked(
        "makes",
        3,
        &format!(
            "making in the parent\n{child}dropped in the parent\n\
             last in the parent, at once: true\n"
        ),
        "",
    );
}

#[test]
fn a_child_continues_to_make_what_the_forking_thread_was_making() {
    let inside = "inside: the initialisation of the cell uses the cell itself\n";
    assert_forked(
        "makes in the forking thread",
        0,
        &format!(
            "{inside}Ok(1) in the child\nOk(2) in the parent\nlast in the parent, at once: true\n"
        ),
        "",
    );
}

#[test]
fn a_child_that_is_forked_while_others_make_and_use_cells_is_not_stuck() {
    for _ in 0..5 {
        assert_forked("make and use", 3, "100 children ended\n", "");
    }
}

#[test]
fn a_child_of_a_fork_that_waited_for_other_threads_is_not_stuck() {
    for _ in 0..5 {
        assert_forked("begin while a fork waits", 3, "the child ended with status 0\n", "");
    }
}

/// A child that adopts what a thread of its parent was using.
#[track_caller]
fn assert_adopted(what: &str, before: &str, handler: &str, why: &str) {
    let stdout = format!(
        "{before}adopted: Ok(())\nlast in the child, at once: true\nthe child ended with 5\n"
    );
    let stderr = handler_line(handler, "forked_values", &format!("failed after _s: busy: {why}"));
    assert_forked(what, 3, &stdout, &stderr);
}

#[test]
fn an_adopting_child_does_not_wait_for_what_a_thread_of_the_parent_closes() {
    let why = "a thread of the parent process is in the middle of closing it";
    assert_adopted("closes", "closing in the parent\n", "forked_values::Slow", why);
}

#[test]
fn an_adopting_child_does_not_wait_for_what_a_thread_of_the_parent_runs() {
    let handler = "guard forked_values::main::{{closure}}::{{closure}}";
    assert_adopted(
        "runs",
        "running in the parent\n",
        handler,
        "the guard's function is running on a thread of the parent process, at the end of a scope",
    );
}

#[test]
fn an_adopting_child_does_not_wait_for_what_a_thread_of_the_parent_holds() {
    let why = format!("a thread of the parent process {HOLDS}");
    assert_adopted("holds", "making in the parent\n", "the cell", &why);
}

#[test]
fn a_child_does_not_wait_for_the_forking_thread_when_std_stops_it() {
    if !target().parked_threads_are_recognised {
        return;
    }
    let why = format!(
        "a thread that was stopped because another one ends the process {HOLDS}: the main thread \
         took one at tests/src/bin/forked_values.rs:_"
    );
    assert_adopted("holds in the forking thread", "making in the parent\n", "the cell", &why);
}

#[test]
fn an_adopting_child_waits_for_what_the_forking_thread_continues() {
    let rest = "last in the child, at once: true\nthe child ended with 5\n";
    let given_back = "adopted: Ok(())\ngiven back in the child\ndropped in the child\n";
    assert_forked(
        "gives back in the forking thread",
        3,
        &format!("making in the parent\n{given_back}{rest}"),
        "",
    );
    assert_forked(
        "runs in the forking thread",
        3,
        &format!("running in the parent\nadopted: Ok(())\ndone in the child\n{rest}"),
        "",
    );
}

#[test]
fn an_adopting_child_does_not_join_a_thread_of_the_parent() {
    let handler = "std::thread::JoinHandle<()>";
    assert_adopted(
        "is joined",
        "",
        handler,
        "the thread to be joined is a thread of the parent process",
    );
}
