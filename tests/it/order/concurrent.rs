//! Handlers that run concurrently.

use crate::support::{Scenario, TIMED_OUT, despite_load, handler_line, scenario, target};
use std::time::Duration;

fn concurrent(case: &str) -> Scenario {
    scenario!("concurrent_handlers").arg(case)
}

#[test]
fn concurrent_handlers_of_one_priority_run_at_the_same_time() {
    for case in ["together", "as many as there may be"] {
        concurrent(case).run().assert_at_any_line(3, "all have met\n", "");
    }
}

#[test]
fn as_many_handlers_run_as_the_limit_allows() {
    concurrent("bounded").run().assert_at_any_line(3, "at most 32 at the same time\n", "");
}

#[test]
fn the_program_configures_how_many_handlers_may_run() {
    scenario!("few_threads").run().assert_at_any_line(0, "at most 3 at the same time\n", "");
}

#[test]
fn handlers_that_are_not_concurrent_run_alone() {
    concurrent("alone").run().assert_at_any_line(3, "at most 1 alone, at most 8 in all\n", "");
}

#[test]
fn the_first_handler_by_order_decides_whether_the_concurrent_handlers_run_first() {
    concurrent("alternating").run().assert_at_any_line(
        3,
        "high, alone first, together, together, alone, low\n",
        "",
    );
}

#[test]
fn a_level_begins_when_the_level_above_has_finished() {
    concurrent("levels").run().assert_at_any_line(
        3,
        "high, after high, low, lowest, after lowest\n",
        "",
    );
}

#[test]
fn a_handler_that_hangs_does_not_delay_the_others() {
    despite_load(|| {
        let stderr = &handler_line("stuck", "concurrent_handlers", TIMED_OUT);
        let ended = concurrent("stuck").run();
        ended.assert_at_any_line(3, "50 others have run, false\n", stderr);
        assert!(ended.took < Duration::from_secs(4), "{ended:?}");
    });
}

#[test]
fn a_handler_that_misbehaves_changes_nothing_for_concurrent_ones() {
    let mut stderr = handler_line("fails", "concurrent_handlers", "failed after _s: no luck");
    if target().one_thread_may_exit {
        // It is stopped by libc, not by the run.
        stderr += &handler_line("exits by C", "concurrent_handlers", TIMED_OUT);
    }
    concurrent("misbehaving").run().assert_at_any_line(7, "after, Some(7)\n", &stderr);
}

#[test]
fn handlers_registered_during_the_run_run_concurrently_too() {
    concurrent("late").run().assert_at_any_line(3, "the late ones have met\n", "");
}

#[test]
fn without_threads_concurrent_handlers_run_one_after_another() {
    let stderr = "exitmacro: no more threads could be started \
                  (Resource temporarily unavailable (os error 11)): \
                  fewer exit handlers run at the same time\n";
    concurrent("without threads").run().assert_at_any_line(
        3,
        "at most 1 at the same time\n",
        stderr,
    );
}

/// A busy machine delays each handler by some milliseconds, so that the run takes longer; or
/// shorter, when another handler is the first to be ready. So there are more tries with longer
/// handlers: after a real fault the run takes another time by the same part, every time.
#[test]
fn a_random_plan_takes_as_long_as_its_critical_path() {
    const PLANS: u64 = 24;
    const TIMES_LONGER: [u64; 10] = [1, 1, 1, 2, 4, 8, 8, 16, 16, 16];
    for seed in 0..PLANS {
        let is_as_long = |times: u64| {
            let ended = concurrent("random").arg(seed.to_string()).arg(times.to_string()).run();
            let [critical_path, longest_chain, took] = ended.lines()[0]
                .split(' ')
                .map(|number| number.parse::<u64>().expect("microseconds"))
                .collect::<Vec<_>>()
                .try_into()
                .expect("three numbers");
            assert!(took >= longest_chain, "seed {seed}: a handler did not wait: {ended:?}");
            critical_path <= took && took * 100 <= critical_path * 105
        };
        assert!(
            TIMES_LONGER.into_iter().any(is_as_long),
            "seed {seed}: another time than its critical path, each time"
        );
    }
}
