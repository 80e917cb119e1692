//! A daemon adopts the handlers of the process that was started: they run once in the daemon, and
//! in no process between the two.

use crate::support::{Ended, Scenario, scenario};
use std::path::Path;

/// How often a race is tried.
const TIMES: u32 = 50;

/// Starts a daemon below the process that reaps orphans, with a file for its process id.
fn start(daemon: &Scenario, life: &str, pid_file: &Path) -> Scenario {
    scenario!("orphans").arg(daemon.program()).arg(life).arg(pid_file)
}

/// Both daemons, and the reason that their handlers get when `main` returns.
fn daemons() -> [(Scenario, &'static str); 2] {
    [(scenario!("daemon_plain"), "exit"), (scenario!("daemon_by_main"), "return")]
}

fn in_the_daemon(reason: &str) -> String {
    format!(
        "registered after, in the daemon\nregistered before, in the daemon\n\
         declared, in the daemon: {reason}\n"
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
fn a_parent_that_returns_from_main_waits_for_its_daemon_too() {
    let daemon = scenario!("daemon_returns");
    for end in ["returns", "exits"] {
        let start = || scenario!("orphans").arg(daemon.program()).arg(end).run();
        in_time(start).assert(0, &format!("declared, in the daemon: return\n{}", ends(0)), "");
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

/// The first attempt in which the daemon adopts in time. The process that was started waits a
/// second for the daemon, and a busy machine may not run the daemon within it. An end without such
/// a wait fails whatever the machine does.
fn in_time(attempt: impl Fn() -> Ended) -> Ended {
    const ATTEMPTS: u32 = 20;
    let waited = |ended: &Ended| {
        let milliseconds = |line: &str| {
            let (what, waited) = line.strip_suffix(" ms")?.split_once(", after ")?;
            let is_parents =
                what.contains("in the process that was started") || what.contains("in its parent");
            waited.parse::<u64>().ok().filter(|_| is_parents)
        };
        ended.lines().into_iter().find_map(milliseconds).unwrap_or(0)
    };
    (0..ATTEMPTS)
        .map(|_| attempt())
        .find(|ended| waited(ended) < 1_000)
        .expect("the machine lets the daemon adopt in time, now and then")
}

/// Sends SIGTERM to the daemon when it waits, unless it ends before.
#[track_caller]
fn terminate(scenario: Scenario, pid_file: &Path) -> Ended {
    let mut running = scenario.start();
    if !running.prints("the daemon waits") {
        return running.end();
    }
    let daemon = std::fs::read_to_string(pid_file).expect("the daemon has written the file");
    // SAFETY: sends a signal to a process that ends by it only, so its number belongs to no other
    // process.
    let sent = unsafe { libc::kill(daemon.parse().expect("it is a number"), libc::SIGTERM) };
    assert_eq!(sent, 0, "the signal cannot be sent: {}", std::io::Error::last_os_error());
    running.end()
}

#[test]
fn handlers_that_no_daemon_adopts_run_once_in_the_process_that_was_started() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (daemon, _) in daemons() {
        let started = "registered before, in the process that was started\n\
                       declared, in the process that was started: exit\n";
        start(&daemon, "never adopt", &folder.path().join("pid")).run().assert(
            0,
            &(started.to_owned() + &ends(0)),
            "",
        );
    }
}
