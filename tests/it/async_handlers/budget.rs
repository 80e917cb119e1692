//! Handlers that use up the budget.

use crate::support::{despite_load, panic_message, panics_abort, scenario};

#[track_caller]
fn assert_ends(act: &str, stdout: fn(i32) -> String, rest: &str) {
    let panicked = panic_message("main", "async_budget", "main panics");
    // `main`'s error is printed after the handlers have run.
    for (exit_path, code, before, after) in [
        ("return 7", 7, "", ""),
        ("error", 1, "", "Error: \"no luck\"\n"),
        ("panic", 101, panicked.as_str(), ""),
        ("exitmacro exit", 5, "", ""),
    ] {
        let (status, code) =
            if panics_abort() && exit_path == "panic" { (134, -6) } else { (code, code) };
        let stderr = format!(
            "{before}exitmacro: handler `patient` (tests/src/bin/async_budget.rs:_) timed out \
             after _s{rest}{after}"
        );
        scenario!("async_budget").arg(act).arg(exit_path).run().assert_at_any_line(
            code,
            &stdout(status),
            &stderr,
        );
    }
}

#[test]
fn the_budget_leaves_time_to_drop_a_future_and_for_the_next_handler() {
    // A tenth of a second is left for the last handler.
    despite_load(|| {
        assert_ends(
            "awaiting",
            |code| format!("dropped\nlast: Some({code})\n"),
            ": its share of the budget was _s, of _s left\n",
        )
    });
}

#[test]
fn the_budget_ends_a_process_whose_handler_blocks_its_thread_with_its_status() {
    let rest = " and was abandoned: its share of the budget was _s, of _s left\n\
                exitmacro: handler `last` (tests/src/bin/async_budget.rs:_) skipped: \
                the budget of _s is used up\n";
    for act in ["blocking", "blocking, with a thread left in the runtime"] {
        assert_ends(act, |_| String::new(), rest);
    }
}
