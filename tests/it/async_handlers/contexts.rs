//! The context of a handler, and its order among other handlers.

use super::{AWAITED, PLAIN, seen_by};
use crate::support::{handler_line, scenario};

#[test]
fn contexts_are_borrowed_across_awaits() {
    for described in [PLAIN, AWAITED] {
        let (program, returned) = described;
        for (exit_path, reason) in
            [("return", returned), ("std exit", "exit"), ("exitmacro exit", "exit")]
        {
            let asked = format!("{reason}, Some(0), abandoned: false\n").repeat(3);
            let asked = seen_by(described, exit_path, &asked);
            program().arg("asks").arg(exit_path).run().assert(
                9,
                &format!("before\n{asked}dropped\nafter\nlast: Some(9)\n"),
                "",
            );
        }
    }
}

#[test]
fn contexts_take_every_status_that_a_process_can_end_with() {
    for (program, _) in [PLAIN, AWAITED] {
        for (act, status, code) in [("sets 300", 300, 44), ("sets -1", -1, 255), ("sets 0", 0, 0)] {
            program().arg(act).arg("return 5").run().assert(
                code,
                &format!("before\ndropped\nafter\nlast: Some({status})\n"),
                "",
            );
        }
    }
}

#[test]
fn async_handlers_run_concurrently_and_one_after_another() {
    for exit_path in ["return", "std exit", "exit in a task"] {
        let ended = scenario!("async_order").arg(exit_path).run();
        let stderr = &handler_line("async_order::third", "async_order", "failed after _s: no luck");
        ended.assert_at_any_line(0, "4 met\nfirst\nsecond\nthird\nfourth\n", stderr);
    }
}
