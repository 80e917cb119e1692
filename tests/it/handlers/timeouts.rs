//! Handlers that use up their timeout, and runs that use up their budget.

use crate::support::{
    Ended, TIMED_OUT, despite_load, handler_line, panics_abort, scenario, seen, seen_after, target,
};
use std::time::Duration;

fn line(name: &str, what: &str) -> String {
    handler_line(name, "stuck_handlers", what)
}

fn stuck(case: &str) -> Ended {
    scenario!("stuck_handlers").arg(case).run()
}

#[test]
fn nothing_counts_that_an_abandoned_handler_does() {
    despite_load(nothing_counts_that_an_abandoned_handler_does_once);
}

fn nothing_counts_that_an_abandoned_handler_does_once() {
    let line = line("late", TIMED_OUT);
    for case in [
        "late error",
        "late panic",
        "late status",
        "late exitmacro exit",
        "late c exit",
        "late run",
    ] {
        if case != "late panic" || !panics_abort() {
            stuck(case).assert_at_any_line(3, &seen("next\nlast: Some(3)\n"), &line);
        }
    }
    let stdout = seen("late: true\nnext\nlast: Some(3)\n");
    stuck("late finish").assert_at_any_line(3, &stdout, &line);
}

#[test]
fn a_handler_and_its_threads_see_that_it_was_abandoned() {
    despite_load(a_handler_and_its_threads_see_that_it_was_abandoned_once);
}

fn a_handler_and_its_threads_see_that_it_was_abandoned_once() {
    let stdout = "before: false true true\nafter: true 0ns true\nnext: false\nlast: Some(3)\n";
    stuck("context").assert_at_any_line(3, &seen(stdout), &line("asks", TIMED_OUT));
}

#[test]
fn the_last_status_that_a_handler_sets_holds() {
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
    for (budget, milliseconds) in [("300ms", 300), ("10s", 10_000), ("2m", 60_000)] {
        let stdout = format!("up to 200 ms\nup to {milliseconds} ms\nlast: Some(3)\n");
        deadlines(budget).assert(3, &seen(&stdout), "");
    }
}

#[test]
fn a_budget_that_is_used_up_ends_the_run_and_keeps_the_status() {
    despite_load(a_budget_that_is_used_up_ends_the_run_and_keeps_the_status_once);
}

fn a_budget_that_is_used_up_ends_the_run_and_keeps_the_status_once() {
    let skipped = |name: &str| line(name, "skipped: the budget of _s is used up");
    let stderr = [
        line(
            "hangs",
            "timed out after _s and was abandoned: its share of the budget was _s, of _s left",
        ),
        line("hangs too", "timed out after _s and was abandoned: _s were left of the budget of _s"),
        skipped("never runs"),
        skipped("never drops"),
        skipped("stuck_handlers::last"),
    ]
    .concat();
    let with_budget =
        |case: &str| scenario!("stuck_handlers").arg(case).env("EXITMACRO_BUDGET", "900ms").run();
    for case in ["budget", "budget by exitmacro"] {
        let ended = with_budget(case);
        ended.assert_at_any_line(3, "completes\n", &stderr);
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
    with_budget("budget by hand").assert_at_any_line(3, stdout, &stderr);
}

/// The abandoned thread may use what libc would tear down.
#[test]
fn a_process_whose_budget_is_used_up_ends_at_once() {
    let left =
        line("hangs", "timed out after _s and was abandoned: _s were left of the budget of _s");
    for (case, exit_path) in [
        ("budget, before more of libc", "c exit"),
        ("budget by exitmacro, before more of libc", "exitmacro exit"),
    ] {
        let ended = scenario!("stuck_handlers").arg(case).env("EXITMACRO_BUDGET", "2s").run();
        let is_known = target().hook_knows_status || exit_path == "exitmacro exit";
        // Only libc could keep a status that it alone knows.
        let more = if is_known { "" } else { "after the hook\n" };
        let stdout = seen_after(exit_path, "last: Some(3)\n") + more;
        ended.assert_at_any_line(3, &stdout, &left);
    }
}

#[test]
fn all_threads_that_run_the_handlers_by_hand_continue_when_the_budget_is_used_up() {
    let ended = scenario!("stuck_handlers")
        .arg("budget by hand, twice")
        .env("EXITMACRO_BUDGET", "900ms")
        .run();
    let stderr =
        line("hangs", "timed out after _s and was abandoned: _s were left of the budget of _s");
    ended.assert_at_any_line(3, "last: None\nthe second one: 2\nthe first one: 2\n", &stderr);
}

#[test]
fn the_line_names_the_limit_and_its_length() {
    despite_load(the_line_names_the_limit_and_its_length_once);
}

fn the_line_names_the_limit_and_its_length_once() {
    let stderr = stuck("context").known_stderr();
    assert!(stderr.ends_with(" and was abandoned: its timeout is 50ms\n"), "{stderr}");
    let ended = scenario!("stuck_handlers").arg("budget").env("EXITMACRO_BUDGET", "900ms").run();
    let stderr = ended.known_stderr();
    let lines: Vec<&str> = stderr.lines().collect();
    let milliseconds = |text: &str| {
        text.strip_suffix("ms").expect("milliseconds").parse::<f64>().expect("a number")
    };
    let (_, share) = lines[0].split_once("its share of the budget was ").expect("the share");
    let (share, left) = share
        .strip_suffix(" left")
        .and_then(|share| share.split_once(", of "))
        .expect("the share and what was left");
    let (share, left) = (milliseconds(share), milliseconds(left));
    assert!(left <= 900.0 && (left * 0.9 - share).abs() < 0.5, "{stderr}");
    assert!(lines[1].ends_with(" were left of the budget of 900ms"), "{stderr}");
}

#[test]
fn a_handler_that_hangs_leaves_a_tenth_of_the_budget_to_those_after_it() {
    despite_load(a_handler_that_hangs_leaves_a_tenth_of_the_budget_to_those_after_it_once);
}

fn a_handler_that_hangs_leaves_a_tenth_of_the_budget_to_those_after_it_once() {
    let ended = scenario!("stuck_handlers").arg("one hangs").env("EXITMACRO_BUDGET", "900ms").run();
    ended.assert_at_any_line(
        3,
        &seen("a tenth is left: true\nlast: Some(3)\n"),
        &line(
            "hangs",
            "timed out after _s and was abandoned: its share of the budget was _s, of _s left",
        ),
    );
}
