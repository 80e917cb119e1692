//! Programs with a handler of their own for SIGABRT, as crash reporters have one: the exit handlers
//! run, then the program's handler is called, once, and the process ends as it would.

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

fn program(kind: &str, since: &str, way: &str) -> Scenario {
    let program = scenario!("own_sigabrt").arg(kind).arg(since).arg(way);
    if since == "before" { program.env("BEFORE_MAIN", kind) } else { program }
}

#[track_caller]
fn assert_ends(ended: &Ended, code: i32, stdout: &str) {
    assert_eq!((ended.code(), ended.stdout.as_str()), (code, stdout), "{ended:#?}");
}

#[test]
fn one_that_is_there_first_is_called_after_the_handlers() {
    for (kind, own, code) in KINDS {
        for way in ["in main", "on a thread"] {
            assert_ends(
                &program(kind, "before", way).run(),
                code,
                &format!("first: panic\nlast\n{own}"),
            );
        }
    }
}

#[test]
fn it_is_called_although_a_handler_hangs_on_the_thread_that_aborts() {
    for (kind, own, code) in KINDS {
        assert_ends(
            &program(kind, "before", "while a handler hangs").run(),
            code,
            &format!("first: panic\nlast\n{own}"),
        );
    }
}

#[test]
fn a_handler_whose_panic_aborts_does_not_take_the_others_with_it() {
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
fn a_program_may_change_between_its_handlers_as_often_as_it_likes() {
    let ended = program("none", "after", "in a handler, after many changes").run();
    assert_ends(&ended, 0, "first: requested\nlast\nthe other one\n");
}

#[test]
fn one_that_was_put_over_ours_is_called_once_also_when_it_hands_the_signal_on() {
    for (kind, own, code) in KINDS {
        assert_ends(
            &program(kind, "after", "in main after a run").run(),
            code,
            &format!("first: requested\nlast\n{own}"),
        );
    }
}

/// Where panics unwind, nothing tells us of it before a run. With `panic = "abort"` a panic does,
/// see `builds/aborts.rs`.
#[test]
fn one_that_was_put_over_ours_has_the_signal_alone_before_a_run() {
    if !panics_abort() {
        for (kind, own, code) in KINDS {
            let ran = match kind {
                // Alone, it is called again and again until the stack is used up, with us or
                // without.
                "aborts" => continue,
                // It hands the signal on to ours.
                "chains" => "own\nfirst: panic\nlast\n".to_owned(),
                "none" => "first: panic\nlast\n".to_owned(),
                _ => own.to_owned(),
            };
            assert_ends(&program(kind, "after", "in main").run(), code, &ran);
        }
    }
}

#[test]
fn a_signal_from_outside_is_its_own() {
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
fn a_panic_aborts_as_ever_on_a_thread_that_has_handled_a_signal_before() {
    let ended = program("returns", "before", "raised, and then in main").run();
    assert_ends(&ended, SIGABRT, "own\nfirst: panic\nlast\nown\n");
}

/// The thread that gets the signal panics at that moment: that is no panic that aborts.
#[test]
fn a_signal_from_outside_is_its_own_while_a_thread_panics() {
    if panics_abort() {
        // Nothing unwinds there, so that no such moment lasts.
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
fn a_handler_on_the_exiting_thread_whose_panic_aborts_does_not_take_the_others_with_it() {
    for (kind, own, code) in KINDS {
        for since in ["before", "after"] {
            assert_ends(
                &program(kind, since, "in a handler on the caller").run(),
                0,
                "first: return\nlast\n",
            );
            // The thread that it would go on with is inside a panic that aborts.
            let by_hand = program(kind, since, "in a handler on the caller, by hand").run();
            assert_ends(&by_hand, code, &format!("first: requested\nlast\n{own}"));
        }
        let aborts_already =
            program(kind, "before", "in main, and in a handler on the caller").run();
        assert_ends(&aborts_already, code, &format!("first: panic\nlast\n{own}"));
    }
}
