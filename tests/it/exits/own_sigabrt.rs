//! Programs with their own handler for SIGABRT, as crash reporters have it: the exit handlers run,
//! then the program's handler is called once, and the process ends as without exitmacro.

use crate::support::{Ended, Scenario, panics_abort, scenario};

const SIGABRT: i32 = -libc::SIGABRT;

/// The kinds of handlers, what they print, and how the process ends after them.
const KINDS: [(&str, &str, i32); 7] = [
    ("none", "", SIGABRT),
    ("exits", "own\n", 42),
    ("returns", "own\n", SIGABRT),
    ("returns, once", "own\n", SIGABRT),
    ("aborts", "own\n", SIGABRT),
    ("chains", "own\n", SIGABRT),
    ("ignored", "", SIGABRT),
];

fn program(kind: &str, since: &str, exit_path: &str) -> Scenario {
    let program = scenario!("own_sigabrt").arg(kind).arg(since).arg(exit_path);
    if since == "before" { program.env("BEFORE_MAIN", kind) } else { program }
}

#[track_caller]
fn assert_ends(ended: &Ended, code: i32, stdout: &str) {
    assert_eq!((ended.code(), ended.stdout.as_str()), (code, stdout), "{ended:#?}");
}

#[test]
fn a_sigabrt_handler_from_before_main_is_called_after_the_exit_handlers() {
    for (kind, own, code) in KINDS {
        for exit_path in ["in main", "on a thread"] {
            assert_ends(
                &program(kind, "before", exit_path).run(),
                code,
                &format!("first: panic\nlast\n{own}"),
            );
        }
    }
}

#[test]
fn a_sigabrt_handler_is_called_although_an_exit_handler_hangs_on_the_thread_that_aborts() {
    for (kind, own, code) in KINDS {
        assert_ends(
            &program(kind, "before", "while a handler hangs").run(),
            code,
            &format!("first: panic\nlast\n{own}"),
        );
    }
}

#[test]
fn the_other_handlers_run_when_the_panic_of_one_aborts() {
    for (kind, ..) in KINDS {
        for since in ["before", "after"] {
            let ended = program(kind, since, "in a handler").run();
            assert_ends(&ended, 0, "first: return\nlast\n");
            let message = if panics_abort() {
                "no luck"
            } else {
                "its message is above: the panic could not unwind"
            };
            assert!(
                ended.stderr.contains("panicked after ")
                    && ended.stderr.ends_with(&format!(": {message}\n")),
                "{ended:?}"
            );
        }
    }
}

#[test]
fn a_program_may_change_its_sigabrt_handler_any_number_of_times() {
    let ended = program("none", "after", "in a handler, after many changes").run();
    assert_ends(&ended, 0, "first: requested\nlast\nthe other one\n");
}

#[test]
fn a_sigabrt_handler_that_replaced_ours_is_called_once_even_if_it_calls_ours() {
    for (kind, own, code) in KINDS {
        assert_ends(
            &program(kind, "after", "in main after a run").run(),
            code,
            &format!("first: requested\nlast\n{own}"),
        );
    }
}

/// Where panics unwind, no run has installed our handler again. With `panic = "abort"` a panic does
/// that, see `builds/aborts`.
#[test]
fn a_sigabrt_handler_that_replaced_ours_alone_gets_the_signal_before_a_run() {
    if !panics_abort() {
        for (kind, own, code) in KINDS {
            let ran = match kind {
                // Such a handler is called recursively until the stack is used up, with exitmacro
                // or without.
                "aborts" => continue,
                // This handler calls ours.
                "chains" => "own\nfirst: panic\nlast\n".to_owned(),
                "none" => "first: panic\nlast\n".to_owned(),
                _ => own.to_owned(),
            };
            assert_ends(&program(kind, "after", "in main").run(), code, &ran);
        }
    }
}

#[test]
fn a_sigabrt_from_outside_goes_to_the_handler_of_the_program() {
    for (kind, own, code) in
        [("none", "", SIGABRT), ("exits", "own\n", 42), ("aborts", "own\n", SIGABRT)]
    {
        let mut running = program(kind, "before", "from outside").start();
        running.wait_for("waiting");
        running.signal(libc::SIGABRT);
        assert_ends(&running.end(), code, &format!("waiting\n{own}"));
    }
    for (kind, own) in [("returns", "own\n"), ("ignored", "")] {
        let stdout = format!("{own}main goes on\nfirst: return\nlast\n");
        assert_ends(&program(kind, "before", "raised").run(), 0, &stdout);
    }
}

#[test]
fn a_panic_still_aborts_on_a_thread_that_has_handled_a_signal() {
    let ended = program("returns", "before", "raised, and then in main").run();
    assert_ends(&ended, SIGABRT, "own\nfirst: panic\nlast\nown\n");
}

/// The thread that gets the signal panics at that moment. That panic does not abort.
#[test]
fn a_sigabrt_from_outside_goes_to_the_handler_of_the_program_while_a_thread_panics() {
    if panics_abort() {
        // Nothing unwinds there, so no thread stays in a panic.
        return;
    }
    for (kind, own, code) in
        [("none", "", SIGABRT), ("exits", "own\n", 42), ("aborts", "own\n", SIGABRT)]
    {
        let mut running = program(kind, "before", "from outside while it panics").start();
        running.wait_for("waiting, panicking: true");
        running.signal(libc::SIGABRT);
        assert_ends(&running.end(), code, &format!("waiting, panicking: true\n{own}"));
    }
}

#[test]
fn the_other_handlers_run_when_the_panic_of_one_aborts_on_the_exiting_thread() {
    for (kind, own, code) in KINDS {
        for since in ["before", "after"] {
            assert_ends(
                &program(kind, since, "in a handler on the caller").run(),
                0,
                "first: return\nlast\n",
            );
            // The thread that would continue is inside a panic that aborts.
            let by_hand = program(kind, since, "in a handler on the caller, by hand").run();
            assert_ends(&by_hand, code, &format!("first: requested\nlast\n{own}"));
        }
        let aborts_already =
            program(kind, "before", "in main, and in a handler on the caller").run();
        assert_ends(&aborts_already, code, &format!("first: panic\nlast\n{own}"));
    }
}
