//! Order by `after` and `before`.

use crate::support::{OVER_BUDGET, Scenario, handler_line, normalized, scenario, target};

fn edges(case: &str) -> Scenario {
    scenario!("edges").arg(case)
}

/// What the declared handlers print, in order.
const DECLARED: [&str; 6] = [
    "linked: default",
    "pool closed",
    "before another crate",
    "linked: above the default",
    "drained",
    "static, after what goes last",
];

fn lines(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn an_edge_takes_precedence_over_a_priority_across_modules_and_crates() {
    edges("declared").run().assert_at_any_line(0, &lines(&DECLARED), "");
}

#[test]
fn registered_handlers_have_edges_to_declared_ones_and_to_each_other() {
    let expected = [
        "linked: default",
        "before another crate",
        "linked: above the default",
        "b, before the pool",
        "pool closed",
        "drained",
        "a, after drained",
        "static, after what goes last",
        "e, before c",
        "c",
        "d, after c",
    ];
    edges("registered").run().assert_at_any_line(0, &lines(&expected), "");
}

#[test]
fn a_type_stands_for_all_its_tracked_values() {
    let ended = edges("tracked").run();
    let order: Vec<&str> =
        ended.lines().into_iter().filter(|line| line.contains("connection")).collect();
    let expected = [
        "before connections",
        "connection three closed",
        "connection two closed",
        "connection one closed",
        "pool of connections closed",
    ];
    assert_eq!((ended.code(), order), (0, expected.to_vec()));
}

const CYCLE: &str =
    "exitmacro: ordering cycle: `high` after `low` after `high` (`high` runs first)\n";

#[test]
fn a_cycle_is_named_at_exit_and_broken_by_priority() {
    let mut expected = vec!["high", "low", "waits"];
    expected.extend(DECLARED);
    edges("cycle").run().assert_at_any_line(0, &lines(&expected), CYCLE);
}

#[test]
fn a_cycle_is_named_in_the_plan() {
    let ended = edges("plan").run();
    assert_eq!(ended.lines()[..2], ["`high` after `low` after `high`", "66s of 25s"]);
}

/// Both edges are lost, and no others.
#[test]
fn each_edge_that_is_not_kept_is_named() {
    let ended = edges("two edges").run();
    let cycles = ["`both` after `right` after `both`", "`both` after `left` after `both`"];
    assert_eq!(ended.lines()[..2], cycles);
    let explained = |cycle: &str| ended.stdout.contains(&format!("{cycle}; the first one runs"));
    assert!(cycles.into_iter().all(explained), "{ended:?}");
    let [one, other] = cycles.map(|cycle| format!("{cycle} (`both` runs first)"));
    assert_eq!(ended.stderr, format!("exitmacro: ordering cycles: {one}; {other}\n"));
}

#[test]
fn a_cycle_that_is_closed_during_the_run_is_reported_and_all_handlers_run() {
    let ended = edges("late cycle").run();
    let order: Vec<&str> = ended
        .lines()
        .into_iter()
        .filter(|line| ["first", "second", "late"].contains(line))
        .collect();
    assert_eq!((ended.code(), order), (0, vec!["late", "first", "second"]));
    assert_eq!(
        ended.stderr,
        "exitmacro: ordering cycle: `late` after `late` (`late` runs first)\n"
    );
}

#[test]
fn handlers_registered_during_the_run_have_edges_too() {
    let mut expected = vec!["registers"];
    expected.extend(DECLARED);
    expected.extend(["late too, before the last one", "last", "late, after the last one"]);
    edges("late").run().assert_at_any_line(0, &lines(&expected), "");
}

#[test]
fn a_handler_that_is_unregistered_during_the_run_is_not_waited_for() {
    let mut expected = vec!["Removed", "waits no more"];
    expected.extend(DECLARED);
    edges("unregistered").run().assert_at_any_line(0, &lines(&expected), "");
}

#[test]
fn handlers_that_wait_for_a_handler_run_whatever_its_outcome() {
    let ended = edges("failing").run();
    assert!(
        ended.lines().contains(&"after all of them") && !ended.stdout.contains("never"),
        "{ended:?}"
    );
    // A handler with a `when` is reported where the status is not known.
    let lines = if target().hook_knows_status { 3 } else { 4 };
    assert_eq!((ended.code(), ended.stderr.lines().count()), (0, lines), "{ended:?}");
}

#[test]
fn a_handler_that_is_skipped_is_not_waited_for() {
    let ended = edges("declared").env("EXITMACRO_SKIP", "edges::pool::close").run();
    let expected: Vec<&str> = DECLARED.into_iter().filter(|line| *line != "pool closed").collect();
    let skipped =
        &handler_line("edges::pool::close", "edges", "skipped: EXITMACRO_SKIP matches it");
    ended.assert_at_any_line(0, &lines(&expected), skipped);
}

#[test]
fn the_log_level_info_reports_stated_timeouts_that_exceed_the_budget() {
    let info = |case: &str, budget: &str| {
        edges(case).env("EXITMACRO_LOG", "info").env("EXITMACRO_BUDGET", budget).run()
    };
    info("declared", "25s").assert_at_any_line(0, &lines(&DECLARED), "");
    let stderr = |budget| info("cycle", budget).stderr;
    assert_eq!(normalized(&stderr("5s")), format!("{OVER_BUDGET}{CYCLE}"));
    assert_eq!(stderr("60s"), CYCLE);
}
