//! No child waits for a lock that a thread of its parent holds.

use crate::support::scenario;

const ENDS: [&str; 6] = [
    "other programs",
    "exit",
    "exitmacro exit",
    "own handler",
    "own handler, by hand",
    "own handler, exitmacro exit",
];

/// Forks many children, for each kind of end, while a thread holds what `held` names.
#[track_caller]
fn assert_not_stuck(held: &str) {
    let count = if held == "stdout" { 8 } else { 200 };
    let stdout = &format!("{count} children ended as they should\ndeclared, in the parent\n");
    for end in ENDS {
        scenario!("fork_locks").arg(held).arg(end).run().assert(0, stdout, "");
    }
    if held != "stdout" {
        // A child that adopts can print here.
        let adopted = "declared, in a child\n200 children ended as they should\n";
        scenario!("fork_locks").arg(held).arg("adopts").run().assert(0, adopted, "");
    }
}

/// The children do not print, because they could not. What the parent has not flushed belongs to
/// the parent.
#[test]
fn children_are_not_stuck_for_a_thread_that_prints() {
    assert_not_stuck("stdout");
}

#[test]
fn children_are_not_stuck_for_a_thread_that_changes_the_environment() {
    assert_not_stuck("environment");
}

#[test]
fn children_are_not_stuck_for_a_thread_that_looks_at_the_objects() {
    assert_not_stuck("loader");
}

#[test]
fn children_are_not_stuck_for_a_thread_that_loads_libraries() {
    assert_not_stuck("libraries");
}

#[test]
fn children_are_not_stuck_for_a_thread_that_starts_others() {
    assert_not_stuck("threads");
}

#[test]
fn children_are_not_stuck_for_a_thread_that_asks_for_the_plan() {
    let skip = scenario!("fork_locks")
        .env("EXITMACRO_SKIP", "nothing")
        .arg("settings")
        .arg("own handler")
        .run();
    // Only the parent reports this, because children have few of the handlers.
    let stderr = "exitmacro: EXITMACRO_SKIP: `nothing` matches no handler of this run\n";
    skip.assert(0, "200 children ended as they should\ndeclared, in the parent\n", stderr);
    assert_not_stuck("settings");
}

#[test]
fn children_use_the_environment_of_the_start() {
    let ended = scenario!("fork_locks")
        .env("EXITMACRO_LOG", "trace")
        .env("RUST_MIN_STACK", "1000000")
        .arg("environment")
        .arg("own handler")
        .run();
    let traced = ended.stderr.lines().filter(|line| line.contains("by exiting")).count();
    assert_eq!((ended.code(), traced), (0, 200), "{ended:?}");
    // More than the default stack of a thread.
    let ended = scenario!("fork_locks")
        .env("RUST_MIN_STACK", (128 << 20).to_string())
        .arg("nothing")
        .arg("own handler, deep")
        .run();
    ended.assert(0, "200 children ended as they should\ndeclared, in the parent\n", "");
}
