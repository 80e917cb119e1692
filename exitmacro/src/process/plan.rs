//! The plan of this process.

use crate::config::read::config;
use crate::handler::clock::Moment;
use crate::plan::{Around, Plan};
use crate::process::asked;
use crate::run;

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
    let now = Moment::now();
    let end = run::latest_end(&config, now).since(now);
    run::plan(config.bounds).with(Around { grace, end })
}
