//! Reports that handlers and receivers get.

use crate::support::{normalized, panics_abort, scenario, without_line_numbers};

const SO_FAR: &str = "so far: exit, 2 handlers: 1 completed, 1 failed, status Some(3), \
                      finished false, edges [\"reported::completes then reported::fails\"], \
                      runners [Some(1), Some(1)]\n";
const FAILED: &str = "exitmacro: handler `reported::fails` (tests/src/bin/reported.rs:11) failed \
                      after _s: disk full\n";

/// The line of the whole report, after an exit with status 3.
fn whole(totals: &str, runners: &str) -> String {
    format!(
        "whole: exit, {totals}, status Some(3), finished true, \
         edges [\"reported::completes then reported::fails\"], runners {runners}\n"
    )
}

#[test]
fn a_handler_gets_what_has_ended_and_a_receiver_all_of_it() {
    let whole = whole("4 handlers: 3 completed, 1 failed", "[Some(1), Some(1), Some(1), Some(1)]");
    let stdout = format!("{SO_FAR}{whole}second receiver: 4\n");
    scenario!("reported").arg("print").arg("exits").run().assert(3, &stdout, FAILED);
}

#[test]
fn receivers_are_called_after_a_run_by_hand() {
    let ended = scenario!("reported").arg("print").arg("by hand").run();
    let lines = ended.lines();
    assert_eq!(lines.len(), 4, "{ended:?}");
    assert!(
        lines[1].starts_with("whole: requested, 4 handlers: 3 completed, 1 failed, status None")
    );
    assert_eq!(lines[2..], ["second receiver: 4", "returned: 4 handlers: 3 completed, 1 failed"]);
}

#[test]
fn a_receiver_that_panics_does_not_keep_the_others_from_being_called() {
    if panics_abort() {
        // It ends the process there.
        return;
    }
    let ended = scenario!("reported").arg("panics").arg("exits").run();
    assert_eq!(ended.stdout, format!("{SO_FAR}second receiver: 4\n"));
    let line =
        "exitmacro: a receiver of the report (tests/src/bin/reported.rs:_) panicked: as asked";
    let stderr = without_line_numbers(&ended.stderr);
    assert!(stderr.lines().any(|found| found == line), "{ended:?}");
    assert_eq!(ended.code(), 3);
}

#[test]
fn a_receiver_that_hangs_does_not_keep_the_process_from_ending() {
    let stderr = format!(
        "{FAILED}exitmacro: the receivers of the report did not return within _s: the one that \
             was added at tests/src/bin/reported.rs:_ is still running\n"
    );
    let ended = scenario!("reported").arg("hangs").arg("exits").run();
    ended.assert_at_any_line(3, SO_FAR, &without_line_numbers(&stderr));
}

#[test]
fn handlers_that_a_receiver_registers_still_run() {
    let ended = scenario!("reported").arg("registers").arg("exits").run();
    assert!(
        ended.stdout.ends_with("second receiver: 4\nregistered by the receiver\n"),
        "{ended:?}"
    );
}

#[test]
fn receivers_are_called_when_the_budget_is_used_up() {
    let ended = scenario!("reported")
        .env("EXITMACRO_BUDGET", "200ms")
        .arg("budget used up")
        .arg("exits")
        .run();
    let (so_far, receivers) = ended.stdout.split_once("whole: ").expect("the whole is reported");
    assert_eq!(so_far, SO_FAR);
    assert!(receivers.starts_with("exit, 5 handlers: 3 completed, 1 failed, 1 timed out, "));
    assert!(receivers.ends_with("\nsecond receiver: 5\n"), "{ended:?}");
    let stderr = normalized(&ended.stderr);
    let timed_out = stderr.strip_prefix(FAILED).expect("the failure comes first");
    assert!(timed_out.starts_with("exitmacro: handler `sleeps` ("), "{ended:?}");
    assert!(timed_out.ends_with("of the budget of _s\n"), "{ended:?}");
    assert_eq!(ended.code(), 3);
}
