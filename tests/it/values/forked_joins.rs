//! A forked child that adopts waits for the threads of its own, and for none of its parent's.

use crate::support::{handler_line, scenario};

const PARENTS: &str = "busy: the thread to be joined is a thread of the parent process";

#[track_caller]
fn assert_joined(what: &str, stdout: &str, stderr: &str) {
    let mut ended = scenario!("forked_joins").arg(what).run();
    // The module paths of the types are private to std.
    for module in ["thread::join_handle::", "sync::poison::mutex::"] {
        let public = module.split_inclusive("::").next().unwrap_or_default();
        ended.stderr = ended.stderr.replace(module, public);
    }
    ended.assert_at_any_line(3, &format!("{stdout}the child ended with 5\n"), stderr);
}

#[test]
fn an_adopting_child_joins_its_own_threads_after_it_has_closed_a_value_of_its_parent() {
    assert_joined("own beside an earlier value", "worked\n", "");
}

#[test]
fn an_adopting_child_joins_its_own_threads_in_a_value_of_its_parent() {
    assert_joined("own in an earlier value", "worked\n", "");
}

/// What stderr says of handles in the static.
fn line_of_the_static() -> String {
    handler_line("forked_joins::WORKERS", "forked_joins", &format!("failed after _s: {PARENTS}"))
}

#[test]
fn an_adopting_child_reports_threads_of_its_parent_in_a_static_as_busy() {
    assert_joined("of the parent in the static", "", &line_of_the_static());
    assert_joined("of the parent and own", "worked\n", &line_of_the_static());
}

#[test]
fn an_adopting_child_that_drops_the_handle_of_a_thread_of_its_parent_continues() {
    let line = |name: &str| {
        format!("exitmacro: closing `{name}` (tests/src/bin/forked_joins.rs:_) failed: {PARENTS}\n")
    };
    let bare = "std::thread::JoinHandle<()>";
    assert_joined("of the parent, dropped", "", &line(&format!("std::sync::Mutex<{bare}>")));
    assert_joined("of the parent, bare, dropped", "", &line(bare));
}

#[test]
fn an_adopting_child_that_closes_the_handle_of_a_thread_of_its_parent_gets_an_error() {
    assert_joined("of the parent, closed", &format!("{PARENTS}\n"), "");
}

#[test]
fn an_adopting_child_reports_a_thread_of_its_parent_as_busy_at_exit() {
    let line = handler_line(
        "std::thread::JoinHandle<()>",
        "forked_joins",
        &format!("failed after _s: {PARENTS}"),
    );
    assert_joined("of the parent, bare, at exit", "", &line);
}

/// glibc gives the numbers of the parent's threads to those of the child. Where the child detached
/// by such a number, the join of its own thread panicked.
#[test]
fn an_adopting_child_detaches_none_of_its_threads_in_place_of_its_parents() {
    let workers = "worked\n".repeat(3);
    assert_joined("reader of a child", &format!("Ok(())\n{workers}"), "");
    assert_joined("of the parent, watched", &workers, "");
}
