//! A signal that arrives while the process ends, or after the handlers have run.

use super::{signals, spend, start, with_stdin};
use crate::support::{open_terminal, rounds, scenario, seen};
use exitmacro_testing::Deadline;
use std::fs::File;
use std::io::Read;

#[test]
fn a_signal_during_an_exit_changes_nothing() {
    for policy in ["exit_code", "reraise", "exit_zero"] {
        let case = signals("ends by itself");
        let mut running = (if policy == "exit_code" { case } else { case.arg(policy) }).start();
        running.wait_for("ending");
        running.signal(libc::SIGTERM);
        // Handlers see the request to end. Nothing else happens.
        let stdout = seen("exit, Some(3)\nbefore\nending\nasked: true\n");
        running.end().assert(3, &stdout, "");
    }
}

#[test]
fn a_signal_during_a_run_by_hand_ends_the_process_after_it() {
    for (policy, code) in [("exit_code", 143), ("reraise", -libc::SIGTERM), ("exit_zero", 0)] {
        let case = signals("run by hand");
        let mut running = (if policy == "exit_code" { case } else { case.arg(policy) }).start();
        running.wait_for("running");
        running.signal(libc::SIGTERM);
        running.end().assert(code, "requested, None\nrunning\nasked: true\n", "");
    }
}

#[test]
fn a_signal_after_the_run_changes_nothing() {
    let (terminal, theirs) = open_terminal();
    let mut terminal = File::from(terminal);
    let mut running = with_stdin(signals("is exiting").stderr(theirs)).start();
    let deadline = Deadline::of(&running.child);
    running.wait_for("exiting");
    running.signal(libc::SIGTERM);
    // The line of the first signal shows that it was handled.
    assert!(terminal.read(&mut [0; 200]).is_ok_and(|length| length > 0));
    drop(deadline);
    drop(running.child.stdin.take());
    running.end().assert(0, &seen("exit, Some(0)\nexiting\n"), "");
}

#[test]
fn a_signal_at_any_moment_of_the_return_gives_one_run_and_its_status() {
    for number in 0..rounds(200) {
        let running = start(scenario!("signals_by_main").arg("returns"));
        spend(number);
        running.signal(libc::SIGTERM);
        let ended = running.end();
        let expected = [(0, "ready\nreturn, Some(0)\n"), (143, "ready\nSIGTERM, Some(143)\n")];
        assert!(
            expected.contains(&(ended.code(), ended.stdout.as_str())) && ended.stderr.is_empty(),
            "{ended:?}"
        );
    }
}

#[test]
fn a_signal_while_libc_is_in_the_middle_of_its_exit_corrupts_nothing() {
    // The success of an exit that has begun gives way, with handlers and without.
    for argument in [None, Some("handler")] {
        let attempt = || {
            let mut running = argument
                .into_iter()
                .fold(scenario!("two_in_exit"), |scenario, argument| scenario.arg(argument))
                .start();
            running.wait_for("exiting");
            running.signal(libc::SIGTERM);
            let ended = running.end();
            assert!(
                [0, 143].contains(&ended.code())
                    && ended.stdout == "exiting\n"
                    && ended.stderr.is_empty(),
                "{ended:?}"
            );
            ended.code() == 143
        };
        // The signal must arrive before the exit has finished, which a busy machine may prevent.
        // Any other result of an attempt is a failure.
        let in_time = (0..50).filter(|_| attempt()).take(10).count();
        assert_eq!(in_time, 10, "{argument:?}");
    }
}

#[test]
fn a_signal_after_a_run_by_hand_does_not_wait_for_a_full_stdout() {
    let stdout = "ready\nrequested, None\n";
    scenario!("signals_by_main").arg("stdout is full after a run").run().assert(143, stdout, "");
}
