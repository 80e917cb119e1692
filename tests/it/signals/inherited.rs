//! Signals that were blocked or ignored when the program started.

use super::{DEFAULT, before_it_starts, forced, signalled, signals, start};
use crate::support::{Scenario, scenario};

fn block_default_signals() -> bool {
    // SAFETY: the set is filled before it is used, and the calls make system calls and nothing
    // else.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGUSR1]
            .iter()
            .all(|&signal| libc::sigaddset(&raw mut set, signal) == 0)
            && libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) == 0
    }
}

fn block_and_be_sent_one() -> bool {
    // SAFETY: the signal is blocked, so nothing comes of it here; a program that is executed
    // inherits it.
    block_default_signals() && unsafe { libc::kill(libc::getpid(), libc::SIGTERM) == 0 }
}

#[test]
fn a_signal_that_was_blocked_when_the_program_started_is_handled() {
    for (signal, name) in DEFAULT {
        let stdout = format!("ready\n{name}, Some({})\n", 128 + signal);
        for (scenario, code) in [
            (signals("wait"), 128 + signal),
            (scenario!("signals_by_main"), 128 + signal),
            (scenario!("signals_by_config"), 128 + signal),
            (signals("wait").arg("reraise"), -signal),
            (scenario!("signals_reraise"), -signal),
        ] {
            signalled(before_it_starts(scenario, block_default_signals), signal)
                .assert(code, &stdout, "");
        }
    }
}

#[test]
fn a_blocked_signal_that_was_sent_before_the_program_started_is_handled() {
    for (scenario, code) in [(signals("wait"), 143), (scenario!("signals_reraise"), -libc::SIGTERM)]
    {
        let ended = before_it_starts(scenario, block_and_be_sent_one).run();
        assert_eq!((ended.code(), ended.stderr.as_str()), (code, ""), "{ended:?}");
        // `main` may print its first line, or not.
        assert!(ended.lines().contains(&"SIGTERM, Some(143)"), "{ended:?}");
    }
}

#[test]
fn a_second_signal_that_was_blocked_when_the_program_started_ends_the_process_at_once() {
    let mut running = start(before_it_starts(signals("stuck"), block_default_signals));
    running.signal(libc::SIGTERM);
    running.wait_for("stuck");
    running.signal(libc::SIGINT);
    running.end().assert(130, "ready\nSIGTERM, Some(143)\nstuck\n", &forced(libc::SIGINT));
}

#[cfg(target_os = "linux")]
#[test]
fn only_the_watching_thread_unblocks_signals_and_only_those_that_are_handled() {
    let ended = signalled(
        before_it_starts(scenario!("signals_seen").arg("signals"), block_default_signals),
        libc::SIGTERM,
    );
    let blocked = |of: &str| {
        let line = ended
            .lines()
            .into_iter()
            .find_map(|line| line.strip_prefix(of))
            .expect("the thread is shown");
        line.split(',').take_while(|part| !part.contains("ignored")).collect::<Vec<_>>().join(",")
    };
    assert_eq!(blocked("signals_seen: "), "blocked [1, 2, 10, 15]");
    assert_eq!(blocked("exitmacro-watch: "), "blocked [10]");
}

fn ignore_hup() -> bool {
    // SAFETY: ignoring a signal calls nothing.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) != libc::SIG_ERR }
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    for scenario in [signals("wait"), scenario!("signals_by_main"), scenario!("signals_by_config")]
    {
        let running = start(before_it_starts(scenario, ignore_hup));
        for _ in 0..10 {
            running.signal(libc::SIGHUP);
        }
        running.signal(libc::SIGTERM);
        running.end().assert(143, "ready\nSIGTERM, Some(143)\n", "");
    }
}

#[test]
fn nohup_and_trap_are_obeyed() {
    let program = scenario!("signals").program();
    for shell in [
        format!("exec nohup {program} wait 2>/dev/null"),
        format!("trap '' HUP; exec {program} wait"),
    ] {
        let running = start(Scenario::of("/bin/sh".as_ref()).arg("-c").arg(shell));
        running.signal(libc::SIGHUP);
        running.signal(libc::SIGTERM);
        running.end().assert(143, "ready\nSIGTERM, Some(143)\n", "");
    }
}
