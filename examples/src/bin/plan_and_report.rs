//! Prints the plan, runs the handlers by hand, and prints the report.
//!
//! Below, a line that ends with `\` continues on the next one.
//!
//! Output:
//! ```text
//! #  priority  handler             location                                timeout  source
//! 1       300  join the workers    examples/src/bin/plan_and_report.rs:37       2s  registered
//! 2       200  close the database  examples/src/bin/plan_and_report.rs:29      10s  declared
//! at worst 12s
//! #  priority  handler             location                                thread    start  \
//!    duration  outcome
//! 1       300  join the workers    examples/src/bin/plan_and_report.rs:37  runner  135.1µs  \
//!      10.6µs  completed
//! 2       200  close the database  examples/src/bin/plan_and_report.rs:29  runner  145.7µs  \
//!       5.2µs  failed: still in use
//! all well: false
//! ```
//! Errors:
//! ```text
//! exitmacro: handler `close the database` (examples/src/bin/plan_and_report.rs:29) failed after \
//!     1.3µs: still in use
//! ```

use exitmacro::{Handler, RegisterError, at_exit, priority};
use std::time::Duration;

#[at_exit(name = "close the database", priority = priority::RESOURCES)]
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
