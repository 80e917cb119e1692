//! Very many edges: the plan takes little time and memory, or else it is given up, and no handler
//! is skipped for it.

use crate::harness::{Ended, Scenario, scenario};

fn many(case: &str, count: usize) -> Scenario {
    scenario!("many_edges").arg(case).arg(count.to_string())
}

const GIVEN_UP: &str = "exitmacro: ordering the handlers by `after`, `before` and `concurrent` takes more than a tenth of the budget: they run one after the other, by priority\n";

/// An edge for each pair would be 400 million: some gigabytes, and minutes.
#[test]
fn all_values_of_a_type_may_wait_for_all_of_another_one() {
    const COUNT: usize = 20_000;
    let ended = many("types", COUNT).run();
    ended.assert(0, &format!("{COUNT} and {COUNT}, 0 too early\n"), "");
}

#[test]
fn so_may_those_that_come_during_the_run() {
    const COUNT: usize = 20_000;
    for case in ["late types", "types of latecomers"] {
        many(case, COUNT).run().assert(0, &format!("{COUNT} and {COUNT}, 0 too early\n"), "");
    }
}

/// Thousands of cycles, which no plan breaks within a second. By priority, all hens go before the
/// first egg.
fn circle(case: &str) -> Ended {
    many(case, 8_000).env("EXITMACRO_BUDGET", "10s").run()
}

#[test]
fn a_plan_that_takes_too_long_is_given_up_and_all_handlers_run() {
    circle("circle").assert(0, "8000 and 8000, 0 too early\n", GIVEN_UP);
    circle("report of a circle").assert(
        0,
        "8000 and 8000, 0 too early\n16001 completed\n",
        GIVEN_UP,
    );
}

#[test]
fn so_is_one_that_is_made_during_the_run() {
    circle("late circle").assert(0, "8000 and 8000, 0 too early\n", GIVEN_UP);
}

#[test]
fn the_plan_that_is_shown_is_given_up_as_well() {
    let ended = circle("plan of a circle");
    let last_line = GIVEN_UP.trim_start_matches("exitmacro: ");
    ended.assert(
        0,
        &format!("16001 handlers, true, 0 cycles\n{last_line}8000 and 8000, 0 too early\n"),
        GIVEN_UP,
    );
}
