//! Handlers that run at the same time.

use crate::support::{Scenario, despite_load, scenario};
use std::time::Duration;

fn side_by_side(case: &str) -> Scenario {
    scenario!("side_by_side").arg(case)
}

#[test]
fn concurrent_handlers_of_one_priority_run_at_the_same_time() {
    for case in ["together", "as many as there may be"] {
        side_by_side(case).run().assert_at_any_line(3, "all have met\n", "");
    }
}

#[test]
fn as_many_run_as_may_and_no_more() {
    side_by_side("bounded").run().assert_at_any_line(3, "at most 32 at the same time\n", "");
}

#[test]
fn the_program_says_how_many_may_run() {
    scenario!("few_threads").run().assert_at_any_line(0, "at most 3 at the same time\n", "");
}

#[test]
fn others_run_alone() {
    side_by_side("alone").run().assert_at_any_line(3, "at most 1 alone, at most 8 in all\n", "");
}

#[test]
fn the_first_handler_by_order_says_whether_those_alone_or_the_concurrent_ones_go_first() {
    side_by_side("turns").run().assert_at_any_line(
        3,
        "high, alone first, together, together, alone, low\n",
        "",
    );
}

#[test]
fn a_level_begins_when_the_one_above_is_through() {
    side_by_side("levels").run().assert_at_any_line(
        3,
        "high, after high, low, lowest, after lowest\n",
        "",
    );
}

#[test]
fn one_that_is_stuck_starves_nobody() {
    despite_load(|| {
        let told = "exitmacro: handler `stuck` (tests/src/bin/side_by_side.rs:_) timed out after _s and was abandoned: its timeout is _s\n";
        let ended = side_by_side("stuck").run();
        ended.assert_at_any_line(3, "50 others have run, false\n", told);
        assert!(ended.took < Duration::from_secs(4), "{ended:?}");
    });
}

#[test]
fn what_one_does_changes_nothing_for_those_beside_it() {
    let told =
        "exitmacro: handler `fails` (tests/src/bin/side_by_side.rs:_) failed after _s: no luck\n";
    side_by_side("misbehaving").run().assert_at_any_line(7, "after, Some(7)\n", told);
}

#[test]
fn those_that_come_during_the_run_run_at_the_same_time_too() {
    side_by_side("late").run().assert_at_any_line(3, "the late ones have met\n", "");
}

#[test]
fn without_threads_they_run_one_after_the_other() {
    let told = "exitmacro: no more threads could be started (Resource temporarily unavailable (os error 11)): fewer exit handlers run at the same time\n";
    side_by_side("without threads").run().assert_at_any_line(
        3,
        "at most 1 at the same time\n",
        told,
    );
}

/// The machine may be busy with something else, which delays each handler by some milliseconds. So
/// there is another try with handlers that take longer: what that cannot explain is a run that is
/// longer by the same part every time.
#[test]
fn a_random_plan_takes_as_long_as_its_critical_path() {
    const PLANS: u64 = 24;
    const TIMES_LONGER: [u64; 10] = [1, 1, 1, 2, 4, 8, 8, 16, 16, 16];
    for seed in 0..PLANS {
        let within = |times: u64| {
            let ended = side_by_side("random").arg(seed.to_string()).arg(times.to_string()).run();
            let [expected, took] = ended.lines()[0]
                .split(' ')
                .map(|number| number.parse::<u64>().expect("microseconds"))
                .collect::<Vec<_>>()
                .try_into()
                .expect("two numbers");
            assert!(took >= expected, "seed {seed}: shorter than its critical path: {ended:?}");
            took * 100 <= expected * 105
        };
        assert!(
            TIMES_LONGER.into_iter().any(within),
            "seed {seed}: more than 5 % longer than its critical path, each time"
        );
    }
}
