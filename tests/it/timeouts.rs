//! Handlers that use up their time, and a run that uses up its budget.

use crate::anywhere::assert_anywhere;
use crate::harness::{Ended, despite_load, panics_abort, scenario};
use std::time::Duration;

fn told(name: &str, what: &str) -> String {
    format!("exitmacro: handler `{name}` (tests/src/bin/stuck_handlers.rs:_) {what}\n")
}

fn stuck(case: &str) -> Ended {
    scenario!("stuck_handlers").arg(case).run()
}

#[test]
fn nothing_that_an_abandoned_handler_does_late_counts() {
    despite_load(nothing_that_an_abandoned_handler_does_late_counts_once);
}

fn nothing_that_an_abandoned_handler_does_late_counts_once() {
    let line = told("late", "timed out after _s and was abandoned: its timeout is _s");
    for case in [
        "late error",
        "late panic",
        "late status",
        "late exitmacro exit",
        "late c exit",
        "late run",
    ] {
        if case != "late panic" || !panics_abort() {
            assert_anywhere(&stuck(case), 3, "next\nlast: Some(3)\n", &line);
        }
    }
    assert_anywhere(&stuck("late finish"), 3, "late: true\nnext\nlast: Some(3)\n", &line);
}

#[test]
fn a_handler_and_its_threads_see_that_it_was_abandoned() {
    despite_load(a_handler_and_its_threads_see_that_it_was_abandoned_once);
}

fn a_handler_and_its_threads_see_that_it_was_abandoned_once() {
    let stdout = "before: false true true\nafter: true 0ns true\nnext: false\nlast: Some(3)\n";
    assert_anywhere(
        &stuck("context"),
        3,
        stdout,
        &told("asks", "timed out after _s and was abandoned: its timeout is _s"),
    );
}

#[test]
fn the_last_status_that_a_handler_sets_wins() {
    stuck("status").assert(6, "so far: Some(5)\nlast: Some(6)\n", "");
}

#[test]
fn a_deadline_is_the_end_of_the_timeout_or_of_the_budget() {
    despite_load(a_deadline_is_the_end_of_the_timeout_or_of_the_budget_once);
}

fn a_deadline_is_the_end_of_the_timeout_or_of_the_budget_once() {
    let deadlines = |budget: &str| {
        scenario!("stuck_handlers").arg("deadlines").env("EXITMACRO_BUDGET", budget).run()
    };
    deadlines("300ms").assert(3, "up to 200 ms\nup to 300 ms\nlast: Some(3)\n", "");
    deadlines("10s").assert(3, "up to 200 ms\nup to 10000 ms\nlast: Some(3)\n", "");
    deadlines("2m").assert(3, "up to 200 ms\nup to 60000 ms\nlast: Some(3)\n", "");
}

#[test]
fn a_budget_that_is_used_up_ends_the_run_and_keeps_the_status() {
    despite_load(a_budget_that_is_used_up_ends_the_run_and_keeps_the_status_once);
}

fn a_budget_that_is_used_up_ends_the_run_and_keeps_the_status_once() {
    let skipped = |name: &str| told(name, "skipped: the budget of _s is used up");
    let stderr = [
        told(
            "hangs",
            "timed out after _s and was abandoned: its share of the budget was _s, of _s left",
        ),
        told("hangs too", "timed out after _s and was abandoned: _s were left of the budget of _s"),
        skipped("never runs"),
        skipped("never drops"),
        skipped("stuck_handlers::last"),
    ]
    .concat();
    let with_budget =
        |case: &str| scenario!("stuck_handlers").arg(case).env("EXITMACRO_BUDGET", "900ms").run();
    for case in ["budget", "budget by exitmacro"] {
        let ended = with_budget(case);
        assert_anywhere(&ended, 3, "completes\n", &stderr);
        assert!(
            ended.took > Duration::from_millis(850) && ended.took < Duration::from_secs(10),
            "{ended:?}"
        );
    }
    let stdout = "\
completes
completes: completed
hangs: timed out
hangs too: timed out
never runs: skipped: the budget is used up
never drops: skipped: the budget is used up
stuck_handlers::last: skipped: the budget is used up
";
    assert_anywhere(&with_budget("budget by hand"), 3, stdout, &stderr);
}

/// The thread that was left behind may be in the middle of what libc would tear down.
#[test]
fn a_process_whose_budget_is_used_up_ends_at_once() {
    let left =
        told("hangs", "timed out after _s and was abandoned: _s were left of the budget of _s");
    for case in ["budget, before more of libc", "budget by exitmacro, before more of libc"] {
        let ended = scenario!("stuck_handlers").arg(case).env("EXITMACRO_BUDGET", "2s").run();
        assert_anywhere(&ended, 3, "last: Some(3)\n", &left);
    }
}

#[test]
fn all_threads_that_run_the_handlers_by_hand_go_on_when_the_budget_is_used_up() {
    let ended = scenario!("stuck_handlers")
        .arg("budget by hand, twice")
        .env("EXITMACRO_BUDGET", "900ms")
        .run();
    let told =
        told("hangs", "timed out after _s and was abandoned: _s were left of the budget of _s");
    assert_anywhere(&ended, 3, "last: None\nthe second one: 2\nthe first one: 2\n", &told);
}

#[test]
fn the_line_says_which_limit_it_was_and_how_large() {
    despite_load(the_line_says_which_limit_it_was_and_how_large_once);
}

fn the_line_says_which_limit_it_was_and_how_large_once() {
    assert!(stuck("context").stderr.ends_with(" and was abandoned: its timeout is 50ms\n"));
    let told =
        scenario!("stuck_handlers").arg("budget").env("EXITMACRO_BUDGET", "900ms").run().stderr;
    let lines: Vec<&str> = told.lines().collect();
    let milliseconds = |text: &str| {
        text.strip_suffix("ms").expect("milliseconds").parse::<f64>().expect("a number")
    };
    let (_, share) = lines[0].split_once("its share of the budget was ").expect("the share");
    let (share, left) = share
        .strip_suffix(" left")
        .and_then(|share| share.split_once(", of "))
        .expect("the share and what was left");
    let (share, left) = (milliseconds(share), milliseconds(left));
    assert!(left <= 900.0 && (left * 0.9 - share).abs() < 0.5, "{told}");
    assert!(lines[1].ends_with(" were left of the budget of 900ms"), "{told}");
}

#[test]
fn one_hog_leaves_a_tenth_of_the_budget_to_those_after_it() {
    despite_load(one_hog_leaves_a_tenth_of_the_budget_to_those_after_it_once);
}

fn one_hog_leaves_a_tenth_of_the_budget_to_those_after_it_once() {
    let ended = scenario!("stuck_handlers").arg("one hog").env("EXITMACRO_BUDGET", "900ms").run();
    assert_anywhere(
        &ended,
        3,
        "a tenth is left: true\nlast: Some(3)\n",
        &told(
            "hangs",
            "timed out after _s and was abandoned: its share of the budget was _s, of _s left",
        ),
    );
}
