//! A signal before the end of `main`, at the same time, and after it.

use super::{handlers, start};
use crate::support::Ended;

#[track_caller]
fn signalled(exit_path: &str) -> Vec<Ended> {
    let mut programs = start(exit_path);
    for (_, running) in &mut programs {
        running.wait_for("ready");
        running.signal(libc::SIGTERM);
    }
    programs.into_iter().map(|(_, running)| running.end()).collect()
}

fn handlers_of_signal() -> String {
    handlers("SIGTERM", "Some(143)", true)
}

#[test]
fn futures_run_in_the_runtime_of_the_program_after_a_signal() {
    for ended in signalled("signal") {
        ended.assert(143, &format!("ready\n{}", handlers_of_signal()), "");
    }
}

#[test]
fn main_may_return_within_the_grace_period() {
    for ended in signalled("signal, then return") {
        ended.assert(143, &format!("ready\nmain returns\n{}", handlers_of_signal()), "");
    }
}

/// The runtime drives the task while `main` waits for it, also one that uses its thread only.
#[test]
fn work_in_flight_is_done_when_main_has_returned() {
    for (_, running) in start("signal during work, then return") {
        let mut running = running;
        running.wait_for("ready");
        running.signal(libc::SIGTERM);
        let stdout = format!("ready\nmain returns\nthe work is done\n{}", handlers_of_signal());
        running.end().assert(143, &stdout, "");
    }
}

#[test]
fn handlers_run_when_the_grace_period_has_passed() {
    for ended in signalled("signal, then no end") {
        ended.assert(143, &format!("ready\n{}", handlers_of_signal()), "");
    }
}

#[test]
fn a_signal_while_handlers_run_for_a_return_changes_nothing() {
    for ended in signalled("return, and signal") {
        ended.assert(0, &handlers("return", "Some(0)", true).replace("last", "ready\nlast"), "");
    }
}

#[test]
fn a_signal_after_the_handlers_ran_for_a_return_leaves_its_status() {
    for (_, mut running) in start("return, and signal when the handlers have run") {
        running.wait_for("ready");
        running.signal(libc::SIGTERM);
        let ended = running.end();
        assert!(
            ended.code() == 0
                && ended.stdout.starts_with("own: return, Some(0)\n")
                && ended.stdout.ends_with("ready\n"),
            "{ended:?}"
        );
    }
}

#[test]
fn main_may_return_at_the_moment_of_the_signal() {
    for ended in signalled("signal, and return at once") {
        // `main` may print before the handlers, between them, or not in time.
        let stdout = ended.stdout.replacen("main returns\n", "", 1);
        assert_eq!(
            (ended.code(), stdout.as_str(), ended.stderr.as_str()),
            (143, format!("ready\n{}", handlers_of_signal()).as_str(), "")
        );
    }
}
