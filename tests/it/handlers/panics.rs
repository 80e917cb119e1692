//! Handlers that fail in every way at once: each is reported, all others run, the status stays.

use crate::support::{panics_abort, scenario};
use std::time::Duration;

/// A line about the declared handler of that name, or the registered one whose name has blanks.
fn told(name: &str, what: &str) -> String {
    let module = if name.contains(' ') { "" } else { "failing_handlers::" };
    format!("exitmacro: handler `{module}{name}` (tests/src/bin/failing_handlers.rs:_) {what}\n")
}

/// What std says of a panic.
fn message(text: &str) -> String {
    format!("\nthread 'exitmacro' (_) panicked at tests/src/bin/failing_handlers.rs:_:\n{text}\n")
}

/// The lines of all that fails; `message` is what std says of each panic.
fn lines(message: impl Fn(&str) -> String) -> String {
    let not_a_string = "panicked after _s: the payload of the panic is not a string";
    let note = if message("").is_empty() {
        ""
    } else {
        "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
    };
    [
        message("a str"),
        note.to_owned(),
        told("panics_with_a_str", "panicked after _s: a str"),
        message("a string"),
        told("panics_with_a_string", "panicked after _s: a string"),
        message("Box<dyn Any>"),
        told("panics_with_a_number", not_a_string),
        message("Box<dyn Any>"),
        message("Box<dyn Any>"),
        told("panics_with_a_value_that_panics", not_a_string),
        told("fails", "failed after _s: two\\nlines"),
        message("no words"),
        told("fails_to_say_why", "panicked after _s: no words"),
        told("sleeps", "timed out after _s and was abandoned: its timeout is _s"),
        told("computes", "timed out after _s and was abandoned: its timeout is _s"),
        told("waits_for_a_lock", "timed out after _s and was abandoned: its timeout is _s"),
        message("captured"),
        told("drops what panics", "panicked after _s: captured"),
    ]
    .concat()
}

#[test]
fn every_failure_is_reported_and_the_rest_runs() {
    if panics_abort() {
        return;
    }
    for way in ["std exit", "exitmacro exit"] {
        let ended = scenario!("failing_handlers").arg(way).run();
        ended.assert_at_any_line(
            3,
            "10 started before, status Some(3)\n",
            &lines(|_| String::new()),
        );
        // Three timeouts of 50 ms, and nothing like the ten seconds that a handler has by default.
        assert!(ended.took < Duration::from_secs(10), "{ended:?}");
    }
}

#[test]
fn the_panic_hook_of_the_program_is_called_as_ever() {
    if !panics_abort() {
        let ended = scenario!("failing_handlers").arg("return, with messages").run();
        ended.assert_at_any_line(0, "10 started before, status Some(0)\n", &lines(message));
    }
}
