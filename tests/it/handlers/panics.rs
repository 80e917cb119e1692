//! Handlers that fail in different ways in one run: each is reported, all others run, the status
//! does not change.

use crate::support::{
    BACKTRACE_NOTE, TIMED_OUT, handler_line, panics_abort, scenario, seen, seen_after,
};
use std::time::Duration;

/// A line about the declared handler of that name, or about the registered handler whose name has
/// blanks.
fn line(name: &str, what: &str) -> String {
    let module = if name.contains(' ') { "" } else { "failing_handlers::" };
    handler_line(&format!("{module}{name}"), "failing_handlers", what)
}

/// The message of std for a panic.
fn message(text: &str) -> String {
    format!("\nthread 'exitmacro' (_) panicked at tests/src/bin/failing_handlers.rs:_:\n{text}\n")
}

/// The lines of all failures. `message` returns the message of std for each panic.
fn lines(message: impl Fn(&str) -> String) -> String {
    let not_a_string = "panicked after _s: the payload of the panic is not a string";
    let note = if message("").is_empty() { "" } else { BACKTRACE_NOTE };
    [
        message("a str"),
        note.to_owned(),
        line("panics_with_a_str", "panicked after _s: a str"),
        message("a string"),
        line("panics_with_a_string", "panicked after _s: a string"),
        message("Box<dyn Any>"),
        line("panics_with_a_number", not_a_string),
        message("Box<dyn Any>"),
        message("Box<dyn Any>"),
        line("panics_with_a_value_that_panics", not_a_string),
        line("fails", "failed after _s: two\\nlines"),
        message("no words"),
        line("fails_to_say_why", "panicked after _s: no words"),
        line("sleeps", TIMED_OUT),
        line("computes", TIMED_OUT),
        line("waits_for_a_lock", TIMED_OUT),
        message("captured"),
        line("drops what panics", "panicked after _s: captured"),
    ]
    .concat()
}

#[test]
fn every_failure_is_reported_and_the_rest_runs() {
    if panics_abort() {
        return;
    }
    for exit_path in ["std exit", "exitmacro exit"] {
        let ended = scenario!("failing_handlers").arg(exit_path).run();
        ended.assert_at_any_line(
            3,
            &seen_after(exit_path, "10 started before, status Some(3)\n"),
            &lines(|_| String::new()),
        );
        // Three timeouts of 50 ms, and not the default of ten seconds.
        assert!(ended.took < Duration::from_secs(10), "{ended:?}");
    }
}

#[test]
fn the_panic_hook_of_the_program_is_still_called() {
    if !panics_abort() {
        let ended = scenario!("failing_handlers").arg("return, with messages").run();
        let stdout = seen("10 started before, status Some(0)\n");
        ended.assert_at_any_line(0, &stdout, &lines(message));
    }
}
