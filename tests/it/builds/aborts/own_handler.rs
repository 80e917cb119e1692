//! SIGABRT without a panic, and programs with their own handler for it.

use super::Panic::{Aborts, Unwinds};
use super::{SIGABRT, assert_leaves, handlers, middle, program, run};

#[test]
fn an_abort_without_a_panic_runs_nothing() {
    for panic in [Aborts, Unwinds] {
        run("aborts", panic, "abort", "").assert(SIGABRT, "", "");
    }
}

#[test]
fn a_sigabrt_from_outside_runs_nothing() {
    for panic in [Aborts, Unwinds] {
        let mut running = program("aborts", panic).arg("wait").start();
        running.wait_for("waiting");
        running.signal(libc::SIGABRT);
        running.end().assert(SIGABRT, "waiting\n", "");
    }
}

const OWN: &str = "own SIGABRT handler\n";

#[test]
fn a_sigabrt_handler_of_the_program_is_called_after_the_exit_handlers() {
    // `main` installs it after ours.
    let ended = program("aborts", Aborts).arg("panic").env("OWN_SIGABRT", "1").run();
    assert_leaves(
        &ended,
        42,
        &format!("{}{OWN}", handlers("panic, Some(134)")),
        &["main panics\n"],
    );
    let ended = program("aborts", Aborts).arg("panic on a thread").env("OWN_SIGABRT", "1").run();
    assert_leaves(
        &ended,
        42,
        &format!("{}{OWN}", handlers("panic, Some(134)")),
        &["a thread panics\n"],
    );
    // This program does not request that handlers run on abort.
    let ended = program("aborts_plain", Aborts).arg("panic").env("OWN_SIGABRT", "1").run();
    assert_leaves(&ended, 42, OWN, &["main panics\n"]);
}

#[test]
fn a_sigabrt_handler_of_the_program_is_not_called_when_an_exit_handler_panics() {
    for name in ["aborts", "aborts_plain"] {
        let ended =
            program(name, Aborts).arg("std exit").arg("panic").env("OWN_SIGABRT", "1").run();
        assert_leaves(
            &ended,
            0,
            &handlers("exit, Some(0)"),
            &["the handler panics\nnote", &middle("panicked after _s: the handler panics")],
        );
    }
}

#[test]
fn no_exit_handler_runs_where_the_program_replaces_the_sigabrt_handler_and_the_panic_hook() {
    for hook in ["color-eyre", "own"] {
        let ended =
            program("aborts", Aborts).arg("panic").env("OWN_SIGABRT", "1").env("HOOK", hook).run();
        assert_eq!((ended.code(), ended.stdout.as_str()), (42, OWN), "{ended:#?}");
    }
}
