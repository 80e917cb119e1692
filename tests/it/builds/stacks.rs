//! With the feature `backtrace`, stderr has the stack of a handler that is abandoned, on Linux.

use crate::support::{Build, Ended, Scenario, despite_load};

#[track_caller]
fn run(what: &str, budget: &str) -> Ended {
    // Without optimisation, reading the debug information of libc takes seconds on a busy machine.
    let slow = ["addr2line", "backtrace", "gimli", "miniz_oxide", "object", "rustc-demangle"];
    let build = slow.iter().fold(Build::debug(), |build, name| {
        build.setting(&format!("package.{name}.opt-level = 3"))
    });
    run_built(&build, what, budget)
}

#[track_caller]
fn run_built(build: &Build, what: &str, budget: &str) -> Ended {
    let program = build.program("stacks");
    let ended = Scenario::of(&program).arg(what).env("EXITMACRO_BUDGET", budget).run();
    assert_eq!(ended.code(), 3, "{ended:?}");
    ended
}

/// The lines of the stack of that handler, without their numbers.
#[track_caller]
fn stack(ended: &Ended, name: &str) -> Vec<String> {
    let first = format!("exitmacro: the stack of `{name}`, the innermost call first:");
    let mut lines = ended.stderr.lines().skip_while(|line| **line != first);
    assert!(lines.next().is_some(), "{ended:?}");
    let frames = (0..).zip(lines).map_while(|(number, line)| {
        Some(line.strip_prefix(&format!("exitmacro: {number:4}: "))?.to_owned())
    });
    frames.collect()
}

#[track_caller]
fn assert_hangs_in(ended: &Ended, name: &str, calls: &[&str]) {
    let stack = stack(ended, name);
    // Above them are calls of std and libc, which differ. Below them is nothing.
    let own: Vec<&str> = stack.iter().map(String::as_str).skip(stack.len() - calls.len()).collect();
    assert_eq!(own, calls, "{ended:?}");
}

#[test]
fn the_stack_of_an_abandoned_handler_ends_with_the_handler() {
    despite_load(the_stack_of_an_abandoned_handler_ends_with_the_handler_once);
}

fn the_stack_of_an_abandoned_handler_ends_with_the_handler_once() {
    for what in ["sleeps", "spins", "uses the signal"] {
        let ended = run(what, "20s");
        assert_eq!(ended.stdout, "last\n", "{ended:?}");
        assert_hangs_in(&ended, "stacks::hangs", &["stacks::waits_for_ever", "stacks::hangs"]);
        assert_eq!(stack(&ended, "stacks::hangs").len() == 2, what == "spins", "{ended:?}");
    }
}

#[test]
fn the_stack_is_printed_also_when_the_budget_is_used_up() {
    despite_load(the_stack_is_printed_also_when_the_budget_is_used_up_once);
}

fn the_stack_is_printed_also_when_the_budget_is_used_up_once() {
    let ended = run("sleeps", "100ms");
    assert_hangs_in(&ended, "stacks::hangs", &["stacks::waits_for_ever", "stacks::hangs"]);
}

#[test]
fn the_stack_of_a_handler_on_the_exiting_thread_is_printed() {
    despite_load(the_stack_of_a_handler_on_the_exiting_thread_is_printed_once);
}

fn the_stack_of_a_handler_on_the_exiting_thread_is_printed_once() {
    let ended = run("on the caller", "20s");
    assert_eq!(ended.stdout, "last\n", "{ended:?}");
    assert_hangs_in(&ended, "on the caller", &["stacks::waits_for_ever"]);
    assert_hangs_in(&ended, "stacks::hangs", &["stacks::waits_for_ever", "stacks::hangs"]);
}

#[test]
fn a_thread_that_blocks_signals_has_no_stack_and_delays_nothing() {
    despite_load(a_thread_that_blocks_signals_has_no_stack_and_delays_nothing_once);
}

fn a_thread_that_blocks_signals_has_no_stack_and_delays_nothing_once() {
    let ended = run("blocks signals", "20s");
    let line = "exitmacro: the stack of `stacks::hangs` is not known: its thread has ended, blocks \
                signals, or did not run within 250ms\n";
    assert!(ended.stdout == "last\n" && ended.stderr.ends_with(line), "{ended:?}");
}

#[test]
fn without_memory_no_stack_is_printed_and_the_others_run() {
    let ended = run("takes the memory", "20s");
    assert_eq!(ended.stdout, "last\n", "{ended:?}");
    assert!(!ended.stderr.contains("the stack of"), "{ended:?}");
}

/// There the functions that call handlers are parts of those that execute several.
#[test]
fn the_stack_ends_with_the_handler_in_an_optimised_program() {
    despite_load(the_stack_ends_with_the_handler_in_an_optimised_program_once);
}

fn the_stack_ends_with_the_handler_in_an_optimised_program_once() {
    let ended = run_built(&Build::release(), "behind others", "20s");
    for name in ["in a lane", "in a lease"] {
        assert_hangs_in(&ended, name, &["stacks::waits_for_ever"]);
    }
}
