//! One request that arrives as several signals, and the same signal sent again.

use super::{DEFAULT, ONE_REQUEST, forced, signals, start};
use crate::support::{Ended, Running, Scenario, scenario};
use exitmacro_testing::LIMIT;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// What a program leaves that `ask` asks to end, and whose handlers take some time.
fn asked_by(scenario: Scenario, ask: impl Fn(&Running)) -> Ended {
    let running = start(scenario);
    ask(&running);
    running.end()
}

const CLEANED: &str = "ready\nSIGTERM, Some(143)\ncleaning\ncleaned\n";

#[test]
fn a_signal_that_timeout_delivers_twice_counts_once() {
    if Command::new("timeout")
        .args(["10", "true"])
        .status()
        .map_or(true, |status| !status.success())
    {
        return exitmacro_testing::left_out("`timeout` is not here", "package `coreutils`");
    }
    // `timeout` signals the program, and then its process group, of which the program is a member.
    let attempt = || {
        Scenario::of("timeout".as_ref())
            .arg("--signal=TERM")
            .arg("3")
            .arg(scenario!("signals").program())
            .arg("slow")
            .run()
    };
    let all: Vec<Ended> = thread::scope(|scope| {
        let attempts: Vec<_> = (0..20).map(|_| scope.spawn(attempt)).collect();
        attempts.into_iter().map(|attempt| attempt.join().expect("the program ends")).collect()
    });
    // A program that took three seconds to start does not count.
    let started: Vec<_> = all.iter().filter(|ended| !ended.stdout.is_empty()).collect();
    assert!(!started.is_empty() && started.iter().all(|ended| ended.stdout == CLEANED), "{all:?}");
}

#[test]
fn a_signal_that_is_sent_twice_within_a_moment_counts_once() {
    const ROUNDS: usize = 20;
    let twice = |running: &Running| {
        running.signal(libc::SIGINT);
        thread::sleep(Duration::from_millis(1));
        running.signal(libc::SIGINT);
    };
    let cleaned = CLEANED.replace("SIGTERM, Some(143)", "SIGINT, Some(130)");
    let whole = (0..ROUNDS).filter(|_| asked_by(signals("slow"), twice).stdout == cleaned).count();
    // The sleep of a millisecond may take a quarter of a second, once or twice.
    assert!(whole >= ROUNDS - 2, "{whole} of {ROUNDS}");
}

#[test]
fn a_signal_that_is_sent_again_later_ends_the_process_at_once() {
    for (signal, _) in DEFAULT {
        let mut running = start(signals("stuck"));
        running.signal(signal);
        running.wait_for("stuck");
        thread::sleep(ONE_REQUEST);
        running.signal(signal);
        let ended = running.end();
        ended.assert(128 + signal, &ended.stdout, &forced(signal));
    }
}

#[test]
fn a_sender_that_never_stops_ends_the_process_at_once() {
    let mut running = start(signals("stuck"));
    running.signal(libc::SIGINT);
    running.wait_for("stuck");
    let start = Instant::now();
    // Always within a quarter of a second after the last signal.
    while start.elapsed() < LIMIT
        && running.child.try_wait().expect("the program can be waited for").is_none()
    {
        running.signal(libc::SIGINT);
        thread::sleep(Duration::from_millis(50));
    }
    running.end().assert(130, "ready\nSIGINT, Some(130)\nstuck\n", &forced(libc::SIGINT));
}
