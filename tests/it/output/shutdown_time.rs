//! How long a shutdown takes if all handlers hang, and what `Plan::fits` says about that.

use crate::support::scenario;
use exitmacro_testing::despite_load;
use std::time::{Duration, Instant};

/// What `fits` counts although it takes no time here: the thread-locals of the handlers, the lines
/// on stderr, and the flush of stdout.
const TAKES_NO_TIME: Duration = Duration::from_secs(3);

/// How long the process has from SIGTERM on, and how long it takes.
fn times(case: &str) -> (Duration, Duration) {
    let mut running = scenario!("shutdown_time").arg(case).env("EXITMACRO_BUDGET", "2s").start();
    let needed = running.first_line().parse().expect("a number of milliseconds");
    let start = Instant::now();
    running.signal(libc::SIGTERM);
    let ended = running.end();
    assert_eq!(ended.code(), 143, "{case}: {ended:?}");
    (Duration::from_millis(needed), start.elapsed())
}

#[test]
fn a_shutdown_in_which_every_handler_hangs_takes_no_longer_than_fits_says() {
    for (case, milliseconds) in [
        ("one by one", 200 + 300 + 400 + 1_000 + 2_000),
        // `b` beside `a`, then `c`.
        ("concurrently", 500 + 250 + 200 + 1_000 + 2_000),
        ("out of budget", 2_000 + 2_000),
        ("with a grace", 400 + 200 + 1_000 + 2_000),
    ] {
        despite_load(|| {
            let (needed, took) = times(case);
            assert_eq!(needed, Duration::from_millis(milliseconds), "{case}");
            assert!(took <= needed, "{case}: {took:?}, longer than {needed:?}");
            assert!(took + TAKES_NO_TIME >= needed, "{case}: {took:?} is no worst case");
        });
    }
}

/// What a program prints that SIGTERM ends, whose handler may take so many milliseconds, after such
/// a grace.
fn stderr_at_info(budget: &str, grace: u64, timeout: u64) -> String {
    let scenario = scenario!("budget_left").arg(grace.to_string()).arg(timeout.to_string());
    let scenario = scenario.env("EXITMACRO_LOG", "info").env("EXITMACRO_BUDGET", budget);
    let mut running = scenario.start();
    running.wait_for("ready");
    running.signal(libc::SIGTERM);
    let ended = running.end();
    assert_eq!(ended.code(), 143, "{ended:?}");
    ended.stderr
}

#[test]
fn timeouts_as_long_as_the_budget_fit_into_it() {
    assert_eq!(stderr_at_info("100s", 0, 100_000), "");
}

#[test]
fn timeouts_that_exceed_the_budget_are_compared_with_it() {
    let expected = "exitmacro: the exit handlers may take up to 100.5s by their configured \
                    timeouts, more than the budget of 100.0s\n";
    assert_eq!(stderr_at_info("100s", 0, 100_500), expected);
}

#[test]
fn after_a_grace_timeouts_are_compared_with_what_is_left_of_the_budget() {
    let stderr = stderr_at_info("3s", 1_000, 2_500);
    let (_, rest) = stderr.split_once("more than the ").expect("a comparison");
    let (left, _) = rest.split_once(' ').expect("what is left");
    assert!(left.starts_with(['0', '1']), "{stderr}");
    let expected = format!(
        "exitmacro: the grace of 1s has expired, and `main` has not returned\n\
         exitmacro: the exit handlers may take up to 2.5s by their configured timeouts, \
         more than the {left} that are left of the budget of 3.0s\n"
    );
    assert_eq!(stderr, expected);
}
