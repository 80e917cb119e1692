//! Code that a signal interrupts, and storms of signals.

use super::{foreign, signals, spend, start, with_stdin};
use crate::support::{NOT_FLUSHED, Running, Scenario, rounds, scenario};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;

#[test]
fn errno_is_kept_in_the_code_that_is_interrupted() {
    for _ in 0..20 {
        let ended = scenario!("signals_interrupting").arg("errno").run();
        ended.assert(143, "ready\nhandler\nerrno is kept\n", "");
    }
}

/// Starts the program many times, some concurrently, and sends each a signal after a short time,
/// which varies.
fn interrupt(case: &str, at_once: usize, stderr: &str) {
    let times = rounds(200);
    let turn = AtomicU32::new(0);
    let attempt = || {
        loop {
            let number = turn.fetch_add(1, SeqCst);
            if number >= times {
                return;
            }
            let running = start(with_stdin(scenario!("signals_interrupting").arg(case)));
            spend(number);
            running.signal(libc::SIGTERM);
            running.end().assert(143, "ready\nhandler\n", stderr);
        }
    };
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(attempt);
        }
    });
}

#[test]
fn no_signal_hangs_that_interrupts_the_allocator() {
    interrupt("allocation", 4, "");
}

#[test]
fn no_signal_hangs_that_interrupts_a_computation() {
    interrupt("computation", 4, "");
}

#[test]
fn no_signal_hangs_that_interrupts_a_blocking_read() {
    interrupt("reading", 4, "");
}

#[test]
fn no_signal_hangs_that_arrives_while_stdout_is_locked() {
    // Each takes a second, in which stdout cannot be flushed.
    interrupt("printing", 50, NOT_FLUSHED);
}

const STORM: u32 = 10_000;

/// Sends from several threads, as fast as they can.
fn send_storm(running: &Running, signals: &[i32]) {
    thread::scope(|scope| {
        for sender in 0..4 {
            scope.spawn(move || {
                for number in 0..STORM / 4 {
                    running.signal(signals[(sender + number) as usize % signals.len()]);
                }
            });
        }
    });
}

#[test]
fn a_storm_of_signals_begins_one_run() {
    for _ in 0..10 {
        let running = start(signals("many"));
        send_storm(&running, &[libc::SIGINT, libc::SIGTERM, libc::SIGHUP]);
        let ended = running.end();
        assert!([129, 130, 143].contains(&ended.code()), "{ended:?}");
        // The second signal ends the process in whichever handler it is.
        let mut lines = ended.lines();
        lines.sort_unstable();
        let all = lines.len();
        lines.dedup();
        assert_eq!(lines.len(), all, "something ran twice: {ended:?}");
        let said = ended.stderr.strip_prefix("exitmacro: forced to end by SIG").map(str::lines);
        assert!(said.is_some_and(|lines| lines.count() == 1), "{ended:?}");
    }
}

#[test]
fn a_storm_of_signals_that_the_program_handles_disturbs_nothing() {
    let mut running = start(with_stdin(foreign(&["ours", "counter", "storm"])));
    running.signal(libc::SIGTERM);
    running.wait_for("storm");
    send_storm(&running, &[libc::SIGUSR1]);
    drop(running.child.stdin.take());
    running.end().assert(143, "ready\nSIGTERM, Some(143)\nstorm\ncounted any: true\nlast\n", "");
}

#[test]
fn a_storm_of_ignored_signals_disturbs_nothing() {
    let trap =
        format!("trap '' INT HUP; exec {} ours storm", scenario!("signals_foreign").program());
    let mut running = start(with_stdin(Scenario::of("/bin/sh".as_ref()).arg("-c").arg(trap)));
    running.signal(libc::SIGTERM);
    running.wait_for("storm");
    send_storm(&running, &[libc::SIGINT, libc::SIGHUP]);
    drop(running.child.stdin.take());
    running.end().assert(143, "ready\nSIGTERM, Some(143)\nstorm\nlast\n", "");
}
