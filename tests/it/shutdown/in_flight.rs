//! Announced work: a grace ends when none is left.

use crate::support::{Running, Scenario, panics_abort, scenario};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// Long enough that no test waits for it, and shorter than the budget.
const LONG: u64 = 20_000;

fn start(grace: u64, case: &str) -> Running {
    start_with(&[&grace.to_string(), case])
}

fn start_with(arguments: &[&str]) -> Running {
    started(scenario!("in_flight").args(arguments))
}

fn started(scenario: Scenario) -> Running {
    let mut running = scenario.stdin(Stdio::piped()).start();
    running.wait_for("ready");
    running
}

/// Asks for the end by a signal, and then closes stdin, which ends the work.
#[track_caller]
fn assert_ends_early(case: &str, status: i32, stdout: &str) {
    let mut running = start(LONG, case);
    let asked = Instant::now();
    running.signal(libc::SIGTERM);
    drop(running.child.stdin.take());
    running.end().assert(status, stdout, "");
    assert!(asked.elapsed() < Duration::from_millis(LONG), "the whole grace was waited for");
}

const EXPIRED: &str = "exitmacro: the grace of _s has expired with announced work in flight\n";
const DONE: &str = "ready\ndone\nSIGTERM, Some(143)\n";

#[test]
fn the_handlers_start_at_once_without_work_in_flight() {
    let nothing = "ready\nSIGTERM, Some(143)\n";
    assert_ends_early("nothing", 143, nothing);
    assert_ends_early("work that ends before", 143, nothing);
}

#[test]
fn the_handlers_start_when_the_last_work_is_done() {
    assert_ends_early("work", 143, DONE);
    assert_ends_early("clones", 143, DONE);
    assert_ends_early("declared late", 143, DONE);
}

#[test]
fn a_main_that_ends_does_not_cut_work_short() {
    // `main` and the thread that watches for signals wait for the same moment, so several times.
    let ends = [("returns", 143, "SIGTERM"), ("panics", 101, "panic")];
    for (end, status, reason) in ends.repeat(4) {
        if end == "panics" && panics_abort() {
            continue;
        }
        let mut running = start_with(&[&LONG.to_string(), "work", end]);
        let asked = Instant::now();
        running.signal(libc::SIGTERM);
        running.wait_for(&format!("main {end}"));
        // The handlers would run meanwhile.
        thread::sleep(Duration::from_millis(100));
        drop(running.child.stdin.take());
        let ended = running.end();
        let stdout = format!("ready\nmain {end}\ndone\n{reason}, Some({status})\n");
        assert_eq!((ended.code(), &ended.stdout), (status, &stdout), "{ended:?}");
        assert!(!ended.stderr.contains("exitmacro: "), "{ended:?}");
        assert!(asked.elapsed() < Duration::from_millis(LONG), "the whole grace was waited for");
    }
}

#[test]
fn a_main_that_returns_waits_for_work_no_longer_than_the_grace() {
    let running = start_with(&["300", "never done", "returns"]);
    running.signal(libc::SIGTERM);
    running.end().assert(143, "ready\nmain returns\nSIGTERM, Some(143)\n", EXPIRED);
}

#[test]
fn a_request_with_a_status_waits_for_the_work_as_well() {
    let mut running = start(LONG, "by a request");
    drop(running.child.stdin.take());
    let ended = running.end();
    ended.assert(3, "ready\ndone\nexit, Some(3)\n", "");
    assert!(ended.took < Duration::from_millis(LONG), "{ended:?}");
}

#[test]
fn work_that_is_never_done_takes_the_grace_and_ends_in_a_handler() {
    assert_takes_the_grace("never done", "error", "ready\nSIGTERM, Some(143)\n", EXPIRED);
}

#[test]
fn a_program_that_does_not_declare_it_waits_for_the_grace() {
    assert_takes_the_grace("not declared", "error", DONE, "");
    let expired = "exitmacro: the grace of _s has expired, and `main` has not returned\n";
    assert_takes_the_grace("not declared", "info", DONE, expired);
}

#[track_caller]
fn assert_takes_the_grace(case: &str, log: &str, stdout: &str, stderr: &str) {
    const GRACE: u64 = 500;
    let scenario = scenario!("in_flight").args([&GRACE.to_string(), case]);
    let mut running = started(scenario.env("EXITMACRO_LOG", log));
    let asked = Instant::now();
    running.signal(libc::SIGTERM);
    drop(running.child.stdin.take());
    running.end().assert(143, stdout, stderr);
    assert!(asked.elapsed() >= Duration::from_millis(GRACE), "the grace ended early");
}

#[test]
fn guards_of_a_parent_do_not_count_in_a_child() {
    assert_ends_early(
        "child",
        143,
        "the child ended with 5\ndone in the child\nthe child ended with 6\n\
         ready\ndone\nSIGTERM, Some(143)\n",
    );
}
