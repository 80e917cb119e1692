//! The plan of this process.

use crate::config::Config;
use crate::config::read::config;
use crate::plan::{Around, Plan};
use crate::process::asked;
use crate::run;
#[cfg(unix)]
use crate::times::ALL_LINES_TIMEOUT;
#[cfg(events)]
use crate::times::EVENT_TIMEOUT;
#[cfg(feature = "picture")]
use crate::times::PICTURE_TIMEOUT;
use crate::times::REPORT_TIMEOUT;
#[cfg(stacks)]
use crate::times::{STACK_TIMEOUT, STACKS_TIMEOUT};
use core::time::Duration;

/// Returns the plan: all handlers that this process would run if it ended now, in their order.
///
/// Use it in a test to assert that the linker left no handler out: a dependency that no source file
/// names is not linked, and its handlers are absent.
///
/// During the run only those handlers are listed that still wait; after it, none. In a forked child
/// those of its parent are not listed. [`Plan::explain`] gives the reason of each place, and
/// [`why_not_run`](crate::why_not_run) what else keeps a handler from running.
///
/// [`Plan::fits`] returns whether the whole shutdown ends before a service manager kills the
/// process.
///
/// The guide: [order](crate::guide::order), [why did it not run?](crate::guide::why_not),
/// [orchestrators](crate::guide::orchestrators).
///
/// ```
/// use exitmacro::at_exit;
///
/// #[at_exit(priority = 10, name = "close the database")]
/// fn close_db() {}
///
/// let plan = exitmacro::plan();
/// assert!(plan.handlers().iter().any(|handler| handler.name() == "close the database"));
/// println!("{plan}");
/// ```
#[doc(alias("list"))]
#[must_use]
pub fn plan() -> Plan {
    let config = config();
    let grace = asked::grace().unwrap_or_default();
    run::plan(config.bounds).with(Around { grace, end: end(&config) })
}

/// How long the end of the process may take after the budget is used up. Each part has a limit of
/// its own.
fn end(config: &Config) -> Duration {
    // Lines on a stderr that no process reads.
    #[cfg(unix)]
    let lines = ALL_LINES_TIMEOUT;
    #[cfg(not(unix))]
    let lines = Duration::ZERO;
    let report = if run::report_is_wanted() { REPORT_TIMEOUT } else { Duration::ZERO };
    let end = lines + config.flush_timeout() + report;
    // The event that is not taken in time, and all that are left.
    #[cfg(events)]
    let end = end + if config.sink.is_some() { 2 * EVENT_TIMEOUT } else { Duration::ZERO };
    #[cfg(feature = "picture")]
    let end = end + if config.picture.is_some() { PICTURE_TIMEOUT } else { Duration::ZERO };
    #[cfg(stacks)]
    let end = end + STACK_TIMEOUT + STACKS_TIMEOUT;
    end
}
