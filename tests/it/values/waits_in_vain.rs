//! The line about a handler that waited in vain until its time had expired names what it waited
//! for.

use crate::support::{TIMED_OUT, handler_line, scenario, where_threads_are_shown};

#[track_caller]
fn assert_awaited(what: &str, handler: &str, awaited: &str) {
    let mut ended = scenario!("waits_in_vain").arg(what).run();
    // The module path of the type is private to std, and differs.
    for (path, name) in [
        ("std::thread::join_handle::", "std::thread::"),
        ("std::sync::poison::mutex::", "std::sync::"),
        ("std::sync::poison::rwlock::", "std::sync::"),
    ] {
        ended.stderr = ended.stderr.replace(path, name);
    }
    let line = format!("{TIMED_OUT}; it was waiting for {awaited}");
    let stderr = handler_line(handler, "waits_in_vain", &line);
    ended.assert_at_any_line(3, "last\n", &stderr);
}

#[test]
fn a_thread_that_does_not_end_is_named() {
    let handler = "std::thread::JoinHandle<()>";
    assert_awaited("a thread", handler, "thread `worker` to end");
    let nameless = "a thread without a name to end";
    assert_awaited("a thread without a name", handler, nameless);
}

#[test]
fn the_thread_of_a_collection_that_does_not_end_is_named() {
    assert_awaited(
        "a static thread",
        "alloc::vec::Vec<std::thread::JoinHandle<()>>",
        "thread `first` to end",
    );
}

#[test]
fn a_lock_that_another_thread_holds_is_named() {
    for (what, lock) in [("a mutex", "Mutex"), ("a reader-writer lock", "RwLock")] {
        let lock = format!("std::sync::{lock}<waits_in_vain::Value>");
        let awaited = format!("the lock of the `{lock}`, which another thread holds");
        assert_awaited(what, &format!("alloc::sync::Arc<{lock}>"), &awaited);
    }
}

#[test]
fn a_thread_that_closes_a_value_is_named() {
    let name = where_threads_are_shown("thread `closer`");
    let name = if name.is_empty() { "another thread" } else { name };
    assert_awaited(
        "a value that another thread closes",
        "waits_in_vain::Slow",
        &format!("{name}, which is closing the value"),
    );
}

#[test]
fn a_thread_that_makes_a_value_is_named() {
    let name = where_threads_are_shown("thread `maker`");
    let name = if name.is_empty() { "another thread" } else { name };
    let awaited = format!(
        "the value of the `AtExitCell<u32>` of tests/src/bin/waits_in_vain.rs:_, \
         which {name} is making"
    );
    assert_awaited("a value that another thread makes", "uses it", &awaited);
}

#[test]
fn a_pool_whose_job_does_not_end_is_named() {
    assert_awaited(
        "a pool of rayon",
        "std::sync::Mutex<core::option::Option<exitmacro::resource::rayon_pool::JoinedPool>>",
        "the jobs of a rayon pool",
    );
}

#[test]
fn a_child_process_that_does_not_end_is_named() {
    let ended = scenario!("waits_in_vain").arg("a child process").run();
    let (id, stdout) = ended.stdout.split_once(' ').expect("it is the child's number");
    let program = if cfg!(target_os = "linux") { " (`sh`)" } else { "" };
    let awaited = format!("; it was waiting for child process {id}{program} to end\n");
    assert_eq!((ended.code(), stdout), (3, "ignores it\nlast\n"), "{ended:?}");
    assert!(ended.stderr.ends_with(&awaited) && ended.stderr.lines().count() == 1, "{ended:?}");
}
