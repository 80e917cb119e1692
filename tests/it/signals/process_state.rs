//! What handling signals changes in the process: handlers, masks, threads, children.

use super::signalled;
use crate::support::scenario;

fn seen(what: &str) -> Vec<String> {
    let ended = signalled(scenario!("signals_seen").arg(what), libc::SIGTERM);
    ended.lines().into_iter().map(str::to_owned).collect()
}

/// Rust ignores `SIGPIPE`, and catches `SIGSEGV` and `SIGBUS` to detect a stack overflow.
const RUST_AS_EVER: &str = "blocked [], ignored [13], caught [7, 11]";

#[test]
fn without_signals_there_is_no_handler_and_no_thread() {
    assert_eq!(
        seen("nothing"),
        [
            format!("signals_seen: {RUST_AS_EVER}"),
            "child of main: blocked [], ignored [], caught []".to_owned(),
            "C child of main: blocked [], ignored [13], caught []".to_owned(),
            "ready".to_owned(),
        ]
    );
}

#[test]
fn with_signals_there_are_their_handlers_and_one_thread_and_nothing_is_blocked() {
    let found = seen("signals");
    let caught = |also: &str| format!("blocked [], ignored [13], caught [1, 2, {also}7, 11, 15]");
    assert_eq!(found[0], format!("signals_seen: {}", caught("")));
    assert_eq!(found[1], format!("exitmacro-watch: {}", caught("")));
    assert_eq!(found[4..6], ["ready".to_owned(), format!("handler: {}", caught("6, "))]);
}

#[test]
fn children_begin_with_nothing_blocked_and_nothing_caught() {
    let found = seen("signals");
    for (place, of) in [(2, "main"), (6, "the handler")] {
        assert_eq!(found[place], format!("child of {of}: blocked [], ignored [], caught []"));
        assert_eq!(
            found[place + 1],
            format!("C child of {of}: blocked [], ignored [13], caught []")
        );
    }
    assert_eq!(found.len(), 8);
}

#[test]
fn installing_signals_returns_when_the_watching_thread_has_started() {
    scenario!("signals_at_start").run().assert(0, "the watching thread has started: true\n", "");
}
