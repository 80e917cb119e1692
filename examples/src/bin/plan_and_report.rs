//! Prints the plan, runs the handlers by hand, and prints the report.
//!
//! Output:
//! ```text
//! #  priority  handler                          location                                timeout  source
//! 1       300  join the workers                 examples/src/bin/plan_and_report.rs:31       2s  registered
//! 2       200  plan_and_report::close_database  examples/src/bin/plan_and_report.rs:23      10s  declared
//! at worst 12s
//! #  priority  handler                          location                                thread    start  duration  outcome
//! 1       300  join the workers                 examples/src/bin/plan_and_report.rs:31  runner  135.1µs    10.6µs  completed
//! 2       200  plan_and_report::close_database  examples/src/bin/plan_and_report.rs:23  runner  145.7µs     5.2µs  failed: still in use
//! all well: false
//! ```
//! Errors:
//! ```text
//! exitmacro: handler `plan_and_report::close_database` (examples/src/bin/plan_and_report.rs:23) failed after 1.3µs: still in use
//! ```

use exitmacro::{Handler, RegisterError, at_exit, priority};
use std::time::Duration;

#[at_exit(priority = priority::RESOURCES)]
fn close_database() -> Result<(), &'static str> {
    Err("still in use")
}

fn main() -> Result<(), RegisterError> {
    Handler::new("join the workers")
        .priority(priority::WORK)
        .timeout(Duration::from_secs(2))
        .register(|| ())?;

    let plan = exitmacro::plan();
    println!("{plan}\nat worst {:?}", plan.worst_case());

    let report = exitmacro::run();
    println!("{report}\nall well: {}", report.is_success());
    Ok(())
}
