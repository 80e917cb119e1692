//! An abandoned handler that keeps libc from the end of the process.

use crate::support::{TIMED_OUT, code_without_libc, handler_line, scenario};
use std::time::Duration;

const ENDS_NOW: &str = "exitmacro: the process should have ended by now; perhaps an abandoned \
                        handler has a lock that is needed at the end. It ends without waiting\n";

fn abandoned() -> String {
    handler_line("keeps the lock", "late_end", TIMED_OUT)
}

#[track_caller]
fn assert_ends(exit_path: &str) {
    let ended = scenario!("late_end").arg(exit_path).run();
    let stderr = format!("{}{ENDS_NOW}", abandoned());
    ended.assert_at_any_line(code_without_libc(exit_path, 3), "handler\n", &stderr);
    assert!(ended.took >= Duration::from_secs(1 + 2 + 4), "{ended:?}");
}

#[test]
fn a_lock_of_an_abandoned_handler_does_not_hold_up_libc_for_ever() {
    assert_ends("std exit");
}

#[test]
fn nor_does_it_hold_up_an_end_that_begins_with_the_handlers() {
    assert_ends("exitmacro exit");
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
