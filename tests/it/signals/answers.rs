//! Signals that functions of the program answer.

use super::{ONE_REQUEST, before_it_starts, start, with_stdin};
use crate::support::{
    Running, Scenario, despite_load, panic_message, panics_abort, scenario, seen,
};
use exitmacro_testing::Deadline;
use std::io::{BufRead, BufReader, Write, pipe};
use std::os::unix::process::CommandExt;
use std::thread;

fn answers(case: &str) -> Scenario {
    scenario!("signal_answers").arg(case)
}

/// The line for a signal that forces the end while a handler hangs.
fn forced(signal: &str) -> String {
    format!(
        "exitmacro: forced to end by {signal} while `stuck` was running (_s of _s); \
         1 handler did not run\n"
    )
}

/// Starts the program, and sends these signals, each when the line before it was printed.
#[track_caller]
fn after(case: &str, signals: &[(&str, i32)]) -> Running {
    let mut running = answers(case).start();
    for (line, signal) in signals {
        running.wait_for(line);
        running.signal(*signal);
    }
    running
}

#[test]
fn a_signal_that_is_dealt_with_is_not_the_end() {
    let signals = [("ready", libc::SIGINT), ("SIGINT 1", libc::SIGINT)];
    let stdout = "ready\nSIGINT 1\nSIGINT 2\nSIGINT, Some(130)\n";
    after("ends at the second one", &signals).end().assert(130, stdout, "");
}

#[test]
fn any_signal_may_be_the_end() {
    let ended = after("ends", &[("ready", libc::SIGUSR1)]).end();
    ended.assert(128 + libc::SIGUSR1, "ready\nSIGUSR1 1\nSIGUSR1, Some(138)\n", "");
}

#[test]
fn the_end_follows_the_policy() {
    let ended = after("ends by the policy", &[("ready", libc::SIGINT)]).end();
    ended.assert(-libc::SIGINT, "ready\nSIGINT 1\nSIGINT, Some(130)\n", "");
}

#[test]
fn an_answered_signal_forces_the_end_that_it_asked_for() {
    let mut running = after("ends, stuck", &[("ready", libc::SIGUSR1)]);
    running.wait_for("stuck");
    thread::sleep(ONE_REQUEST);
    running.signal(libc::SIGUSR1);
    let ended = running.end();
    ended.assert(128 + libc::SIGUSR1, "ready\nSIGUSR1 1\nstuck\n", &forced("SIGUSR1"));
}

#[test]
fn a_signal_that_ends_the_program_as_well_forces_the_end_of_another_one() {
    for case in ["installed before", "installed after"] {
        let signals = [
            ("ready", libc::SIGINT),
            ("SIGINT 1", libc::SIGINT),
            ("SIGINT 2", libc::SIGTERM),
            ("stuck", libc::SIGINT),
        ];
        let ended = after(case, &signals).end();
        let stdout = "ready\nSIGINT 1\nSIGINT 2\nstuck\n";
        ended.assert(130, stdout, &forced("SIGINT"));
    }
}

#[test]
fn other_signals_are_answered_while_the_program_ends() {
    let signals =
        [("ready", libc::SIGTERM), ("stuck", libc::SIGUSR1), ("SIGUSR1 1", libc::SIGUSR1)];
    let mut running = after("others", &signals);
    running.wait_for("SIGUSR1 2");
    thread::sleep(ONE_REQUEST);
    running.signal(libc::SIGTERM);
    let stdout = "ready\nstuck\nSIGUSR1 1\nSIGUSR1 2\n";
    running.end().assert(143, stdout, &forced("SIGTERM"));
}

#[test]
fn an_answered_signal_forces_the_end_that_another_one_has_begun() {
    let signals = [("ready", libc::SIGTERM), ("stuck", libc::SIGUSR1)];
    let ended = after("ends what another began", &signals).end();
    ended.assert(128 + libc::SIGUSR1, "ready\nstuck\nSIGUSR1 1\n", &forced("SIGUSR1"));
}

/// What arrived before the end began is no second signal, whenever its function returns.
#[test]
fn an_answer_that_comes_while_the_program_ends_does_not_force_the_end() {
    let mut running = start(with_stdin(answers("ends later")));
    running.signal(libc::SIGUSR1);
    running.wait_for("SIGUSR1 begins 1");
    running.signal(libc::SIGTERM);
    running.wait_for("the handler waits");
    let mut stdin = running.child.stdin.take().expect("it is a pipe");
    stdin.write_all(b"\n").expect("the program reads it");
    let answered = "SIGUSR1 ends 1\nSIGTERM, Some(143)\n";
    let stdout = format!("ready\nSIGUSR1 begins 1\nthe handler waits\n{answered}");
    running.end().assert(143, &stdout, "");
}

const PANICKED: &str = "exitmacro: the function for SIGHUP panicked: no luck\n";

/// What std prints of the panic.
fn panic_line() -> String {
    panic_message("exitmacro-signals", "signal_answers", "no luck")
}

#[test]
fn a_panic_of_the_function_is_printed_and_the_next_signal_is_answered() {
    if panics_abort() {
        // It ends the process there.
        return;
    }
    let (reader, writer) = pipe().expect("a pipe opens");
    let mut running = answers("panics").stderr(writer).start();
    let _deadline = Deadline::of(&running.child);
    let mut stderr = BufReader::new(reader);
    running.wait_for("ready");
    running.signal(libc::SIGHUP);
    let mut said = String::new();
    while !said.ends_with(PANICKED) {
        let read = stderr.read_line(&mut said).expect("stderr is read");
        assert!(read > 0, "{said}");
    }
    running.signal(libc::SIGTERM);
    running.end().assert(143, "ready\nSIGTERM 1\nSIGTERM, Some(143)\n", "");
}

#[test]
fn a_signal_that_ends_the_program_does_so_when_its_function_panics() {
    if panics_abort() {
        return;
    }
    let ended = after("panics, ending", &[("ready", libc::SIGHUP)]).end();
    let stderr = format!("{}{PANICKED}", panic_line());
    ended.assert(129, "ready\nSIGHUP, Some(129)\n", &stderr);
}

#[test]
fn the_last_function_answers() {
    let signals = [("ready", libc::SIGINT), ("SIGINT 1", libc::SIGTERM)];
    let stdout = "replaces\nthe first one is dropped\nready\nSIGINT 1\nSIGTERM, Some(143)\n";
    after("replaced", &signals).end().assert(143, stdout, "");
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    // SAFETY: it only makes a system call.
    let ignore = || unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) != libc::SIG_ERR };
    let mut running = start(before_it_starts(answers("ignored"), ignore));
    running.signal(libc::SIGHUP);
    running.signal(libc::SIGUSR1);
    running.wait_for("SIGUSR1 1");
    running.signal(libc::SIGKILL);
    running.end().assert(-libc::SIGKILL, "Ok(false)\nready\nSIGUSR1 1\n", "");
}

#[test]
fn a_signal_that_was_blocked_at_the_start_is_answered() {
    let block = || {
        // SAFETY: all zeroes is a valid set for the calls that fill it.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigaddset(&raw mut set, libc::SIGUSR1) == 0
                && libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) == 0
        }
    };
    let running = start(before_it_starts(answers("ends"), block));
    running.signal(libc::SIGUSR1);
    running.end().assert(138, "ready\nSIGUSR1 1\nSIGUSR1, Some(138)\n", "");
}

#[test]
fn signals_that_arrive_meanwhile_are_answered_by_one_more_call() {
    // A signal that is sent in time may arrive after the second call has begun.
    despite_load(signals_that_arrive_meanwhile_are_answered_by_one_more_call_once);
}

fn signals_that_arrive_meanwhile_are_answered_by_one_more_call_once() {
    let mut running = start(with_stdin(answers("waits")));
    running.signal(libc::SIGINT);
    running.wait_for("SIGINT begins 1");
    (0..5).for_each(|_| running.signal(libc::SIGINT));
    for number in 1..=2 {
        running.wait_for(&format!("SIGINT begins {number}"));
        let stdin = running.child.stdin.as_mut().expect("it is a pipe");
        stdin.write_all(b"\n").expect("the program reads it");
        running.wait_for(&format!("SIGINT ends {number}"));
    }
    running.signal(libc::SIGKILL);
    let stdout = "ready\nSIGINT begins 1\nSIGINT ends 1\nSIGINT begins 2\nSIGINT ends 2\n";
    running.end().assert(-libc::SIGKILL, stdout, "");
}

#[test]
fn the_function_may_end_the_process() {
    let ended = after("exits", &[("ready", libc::SIGINT)]).end();
    ended.assert(7, "ready\nexit, Some(7)\n", "");
}

#[test]
fn the_process_stops_and_continues() {
    // In a group of its own, whose parent is in the same session: the kernel stops no orphan.
    let scenario = answers("stops").with(|command| _ = command.process_group(0));
    let mut running = start(scenario);
    let deadline = Deadline::of(&running.child);
    for number in 1..=2 {
        running.signal(libc::SIGTSTP);
        let mut status = 0;
        let id = running.child.id().cast_signed();
        // SAFETY: the status is writable.
        let found = unsafe { libc::waitpid(id, &raw mut status, libc::WUNTRACED) };
        assert!(found == id && libc::WIFSTOPPED(status), "{status:#x}");
        running.signal(libc::SIGCONT);
        running.wait_for(&format!("SIGCONT {number}"));
    }
    running.signal(libc::SIGKILL);
    drop(deadline);
    let stdout = "ready\nSIGTSTP\nSIGCONT 1\nSIGTSTP\nSIGCONT 2\n";
    running.end().assert(-libc::SIGKILL, stdout, "");
}

#[test]
fn a_forked_child_gets_the_earlier_dispositions_back() {
    answers("child").run().assert(
        0,
        &seen(&format!("the child died of {}\nexit, Some(0)\n", libc::SIGINT)),
        "",
    );
}

#[test]
fn a_forked_child_answers_by_functions_of_its_own() {
    let child = "SIGINT 1\nSIGINT 2\nthe handler of the child\nthe child ended with 130\n";
    let stdout = seen(&format!("{child}exit, Some(0)\n"));
    answers("child answers").run().assert(0, &stdout, "");
}

#[test]
fn a_child_that_adopts_the_handlers_answers_as_its_parent() {
    let stdout = "SIGINT 1\nexit, Some(5)\nthe child ended with 5\n";
    answers("child adopts").run().assert(0, stdout, "");
}

/// How the explanation begins in a process that ends by this signal.
fn ends_by(signal: &str) -> String {
    format!(
        "signals: {signal}: the handlers run, then the status is 128 plus the number of the signal \
         (`exit_code`)"
    )
}

/// A program that handles signals, and has a child that may adopt them, prints these parts.
#[track_caller]
fn assert_adopts(case: &str, parts: &[&str]) {
    answers(&format!("installed: {case}")).run().assert(0, &parts.concat(), "");
}

const UNHANDLED: &str = "signals: not handled: a signal ends the process without the handlers";

#[test]
fn a_child_that_answers_before_it_adopts_handles_the_signals_of_its_parent() {
    let signals = format!(
        "{}; SIGHUP, SIGINT are answered by functions of the program\n",
        ends_by("SIGTERM")
    );
    let end = "SIGTERM, Some(143)\nthe child ended with 143\n";
    assert_adopts("child answers, adopts", &["SIGHUP 1\nSIGINT 1\n", &signals, end]);
}

#[test]
fn a_child_that_adopts_keeps_its_own_function_for_a_signal() {
    let signals =
        format!("{}; SIGINT is answered by a function of the program\n", ends_by("SIGTERM"));
    let end = "SIGTERM, Some(143)\nthe child ended with 143\n";
    assert_adopts("child answers the same, adopts", &["SIGINT, in the child\n", &signals, end]);
}

#[test]
fn a_child_that_adopts_keeps_the_signals_that_it_installed_and_gets_the_functions() {
    let signals =
        format!("{}; SIGINT is answered by a function of the program\n", ends_by("SIGUSR1"));
    let status = 128 + libc::SIGUSR1;
    let end = format!("SIGUSR1, Some({status})\nthe child ended with {status}\n");
    assert_adopts("child installs, adopts", &["SIGINT 1\n", &signals, &end]);
}

#[test]
fn a_grandchild_that_adopts_handles_the_signals_of_both_ancestors() {
    let answered = "SIGHUP 1\nSIGINT 1\nSIGUSR1 1\n";
    let signals = format!(
        "{}; SIGHUP, SIGINT, SIGUSR1 are answered by functions of the program\n",
        ends_by("SIGTERM")
    );
    let grandchild = "SIGTERM, Some(143)\nthe child ended with 143\n";
    let child = format!(
        "{UNHANDLED}; SIGHUP is answered by a function of the program\nthe child died of {}\n",
        libc::SIGTERM
    );
    assert_adopts("grandchild adopts", &[answered, &signals, grandchild, &child]);
}

#[test]
fn a_child_that_answers_and_never_adopts_dies_of_the_signals_of_its_parent() {
    let child = format!(
        "SIGHUP 1\n{UNHANDLED}; SIGHUP is answered by a function of the program\n\
         the child died of {}\n",
        libc::SIGTERM
    );
    let stdout = seen(&format!("{child}exit, Some(0)\n"));
    answers("installed: child answers").run().assert(0, &stdout, "");
}

#[test]
fn an_explanation_tells_of_signals_that_are_answered() {
    let ended = answers("explained").run();
    let line = "signals: SIGTERM: the handlers run, then the status is 128 plus the number of the \
                signal (`exit_code`); SIGHUP, SIGUSR1 are answered by functions of the program\n";
    ended.assert(0, &seen(&format!("{line}ready\nexit, Some(0)\n")), "");
}
