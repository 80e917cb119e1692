//! A daemon adopts the handlers of the process that was started: they run in it, once, and not in
//! the processes that end on the way.

use crate::support::{Ended, Scenario, scenario};
use std::path::Path;

/// How many times what depends on the moment is tried.
const TIMES: u32 = 50;

/// Starts a daemon among other orphans, with a file for its number.
fn start(daemon: &Scenario, life: &str, pid_file: &Path) -> Scenario {
    scenario!("orphans").arg(daemon.program()).arg(life).arg(pid_file)
}

/// Both daemons, and the reason that their handlers are told when `main` returns.
fn daemons() -> [(Scenario, &'static str); 2] {
    [(scenario!("daemon_plain"), "exit"), (scenario!("daemon_by_main"), "return")]
}

fn in_the_daemon(reason: &str) -> String {
    format!(
        "registered after, in the daemon\nregistered before, in the daemon\ndeclared, in the daemon: {reason}\n"
    )
}

fn ends(daemon: i32) -> String {
    format!("the program ended with 0\nan orphan ended with {daemon}\n")
}

#[test]
fn handlers_run_once_in_the_daemon() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let pid_file = folder.path().join("pid");
    for (daemon, reason) in daemons() {
        for _ in 0..TIMES {
            in_time(|| start(&daemon, "adopt", &pid_file).run()).assert(
                0,
                &(in_the_daemon(reason) + &ends(0)),
                "",
            );
        }
        in_time(|| start(&daemon, "adopt and exit", &pid_file).run()).assert(
            0,
            &(in_the_daemon("exit") + &ends(7)),
            "",
        );
    }
}

#[test]
fn a_daemon_that_handles_signals_ends_by_its_handlers() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let pid_file = folder.path().join("pid");
    for _ in 0..10 {
        let ended = in_time(|| {
            terminate(start(&scenario!("daemon_by_main"), "adopt and wait", &pid_file), &pid_file)
        });
        ended.assert(
            0,
            &format!("the daemon waits\n{}{}", in_the_daemon("SIGTERM"), ends(143)),
            "",
        );
    }
}

#[test]
fn a_daemon_that_handles_no_signals_dies_of_them() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let pid_file = folder.path().join("pid");
    let ended = in_time(|| {
        terminate(start(&scenario!("daemon_plain"), "adopt and wait", &pid_file), &pid_file)
    });
    ended.assert(0, &format!("the daemon waits\n{}", ends(-15)), "");
}

/// The first end of which the machine was in time. The process that was started waits a second for
/// the daemon, which a busy machine may not let adopt by then; a process that runs the handlers
/// itself before that second is over has lost them for the daemon, whatever the machine does.
fn in_time(attempt: impl Fn() -> Ended) -> Ended {
    const ATTEMPTS: u32 = 20;
    let waited = |ended: &Ended| {
        let told = |line: &str| {
            line.strip_prefix("registered before, in the process that was started, after ")?
                .strip_suffix(" ms")?
                .parse::<u64>()
                .ok()
        };
        ended.lines().into_iter().find_map(told).unwrap_or(0)
    };
    (0..ATTEMPTS)
        .map(|_| attempt())
        .find(|ended| waited(ended) < 1_000)
        .expect("the machine lets the daemon adopt in time, now and then")
}

/// Sends SIGTERM to the daemon when it waits, if it comes to that.
#[track_caller]
fn terminate(scenario: Scenario, pid_file: &Path) -> Ended {
    let mut running = scenario.start();
    if !running.prints("the daemon waits") {
        return running.end();
    }
    let daemon = std::fs::read_to_string(pid_file).expect("the daemon has written the file");
    // SAFETY: sends a signal to a process that ends by this only, and whose number therefore
    // belongs to no other one.
    let sent = unsafe { libc::kill(daemon.parse().expect("it is a number"), libc::SIGTERM) };
    assert_eq!(sent, 0, "the signal cannot be sent: {}", std::io::Error::last_os_error());
    running.end()
}

#[test]
fn handlers_that_nobody_adopts_run_once_in_the_process_that_was_started() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (daemon, _) in daemons() {
        let started = "registered before, in the process that was started\ndeclared, in the process that was started: exit\n";
        start(&daemon, "never adopt", &folder.path().join("pid")).run().assert(
            0,
            &(started.to_owned() + &ends(0)),
            "",
        );
    }
}
