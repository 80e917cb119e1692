//! Very many edges: the plan takes little time and memory, or it is abandoned, and no handler is
//! skipped for it.

use crate::support::{Ended, Scenario, scenario};

fn many(case: &str, count: usize) -> Scenario {
    scenario!("many_edges").arg(case).arg(count.to_string())
}

const ABANDONED: &str = "exitmacro: ordering the handlers by `after`, \
                         `before` and `concurrent` takes more than a tenth of the budget: \
                         they run one after the other, by priority\n";

/// One edge for each pair would be 400 million edges: some gigabytes, and minutes.
#[test]
fn all_values_of_a_type_may_wait_for_all_of_another_type() {
    const COUNT: usize = 20_000;
    let ended = many("types", COUNT).run();
    ended.assert(0, &format!("{COUNT} and {COUNT}, 0 too early\n"), "");
}

#[test]
fn values_registered_during_the_run_may_wait_for_all_of_another_type() {
    const COUNT: usize = 20_000;
    for case in ["late types", "types registered late"] {
        many(case, COUNT).run().assert(0, &format!("{COUNT} and {COUNT}, 0 too early\n"), "");
    }
}

/// Thousands of cycles, which no plan breaks within a second. By priority, all values of the first
/// type run before the first value of the second type.
fn cycles(case: &str) -> Ended {
    many(case, 8_000).env("EXITMACRO_BUDGET", "10s").run()
}

#[test]
fn a_plan_that_takes_too_long_is_abandoned_and_all_handlers_run() {
    cycles("cycles").assert(0, "8000 and 8000, 0 too early\n", ABANDONED);
    cycles("report of cycles").assert(
        0,
        "8000 and 8000, 0 too early\n16001 completed\n",
        ABANDONED,
    );
}

#[test]
fn a_plan_that_takes_too_long_during_the_run_is_abandoned() {
    cycles("late cycles").assert(0, "8000 and 8000, 0 too early\n", ABANDONED);
}

#[test]
fn a_plan_that_is_shown_is_abandoned_when_it_takes_too_long() {
    let ended = cycles("plan of cycles");
    let last_line = ABANDONED.trim_start_matches("exitmacro: ");
    ended.assert(
        0,
        &format!("16001 handlers, true, 0 cycles\n{last_line}8000 and 8000, 0 too early\n"),
        ABANDONED,
    );
}
