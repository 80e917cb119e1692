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
