//! An abandoned handler that keeps libc from the end of the process.

use crate::support::{TIMED_OUT, code_without_libc, handler_line, scenario};
use std::time::Duration;

const ENDS_NOW: &str = "exitmacro: the process has not ended _s after its budget, perhaps \
                        because an abandoned handler has a lock that is needed at the end: it \
                        ends now\n";

fn abandoned() -> String {
    handler_line("keeps the lock", "late_end", TIMED_OUT)
}

#[test]
fn a_lock_of_an_abandoned_handler_does_not_hold_up_the_end_for_ever() {
    for exit_path in ["exitmacro exit", "std exit"] {
        let ended = scenario!("late_end").arg(exit_path).run();
        let stderr = format!("{}{ENDS_NOW}", abandoned());
        ended.assert_at_any_line(code_without_libc(exit_path, 3), "handler\n", &stderr);
        assert!(ended.took >= Duration::from_secs(2), "{ended:?}");
    }
}

#[test]
fn libc_has_its_time_where_no_handler_was_abandoned() {
    scenario!("late_end").arg("in time").run().assert(3, "handler\nlibc has ended\n", "");
}

#[test]
fn a_process_that_continues_after_a_run_by_hand_is_not_ended() {
    let ended = scenario!("late_end").arg("by hand").run();
    ended.assert_at_any_line(3, "handler\nmain goes on\nlibc has ended\n", &abandoned());
}
