//! No child waits for a lock that a thread of its parent holds.

use crate::support::{Scenario, rounds, scenario};

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
    // The lock of stdout makes each child wait for a tenth of a second.
    let count = if held == "stdout" { 8 } else { rounds(200) };
    for end in ENDS {
        children(count, held, end).run().assert(0, &all_ended_first(count), "");
    }
    if held != "stdout" {
        // A child that adopts can print here.
        let adopted = &format!("declared, in a child\n{}", all_ended(count));
        children(count, held, "adopts").run().assert(0, adopted, "");
    }
}

fn children(count: u32, held: &str, end: &str) -> Scenario {
    scenario!("fork_locks").arg(held).arg(end).arg(count.to_string())
}

fn all_ended(count: u32) -> String {
    format!("{count} children ended as they should\n")
}

/// What the parent prints that runs its handler itself.
fn all_ended_first(count: u32) -> String {
    all_ended(count) + "declared, in the parent\n"
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
    let count = rounds(200);
    let skip = children(count, "settings", "own handler").env("EXITMACRO_SKIP", "nothing").run();
    // Only the parent reports this, because children have few of the handlers.
    let stderr = "exitmacro: EXITMACRO_SKIP: `nothing` matches no handler of this run\n";
    skip.assert(0, &all_ended_first(count), stderr);
    assert_not_stuck("settings");
}

#[test]
fn children_use_the_environment_of_the_start() {
    let count = rounds(200);
    let ended = children(count, "environment", "own handler")
        .env("EXITMACRO_LOG", "trace")
        .env("RUST_MIN_STACK", "1000000")
        .run();
    let traced = ended.stderr.lines().filter(|line| line.contains("by exiting")).count();
    assert_eq!((ended.code(), traced), (0, count as usize), "{ended:?}");
    // More than the default stack of a thread.
    let ended = children(count, "nothing", "own handler, deep")
        .env("RUST_MIN_STACK", (128 << 20).to_string())
        .run();
    ended.assert(0, &all_ended_first(count), "");
}
