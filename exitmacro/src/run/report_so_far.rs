//! The report in a handler.

use crate::handler::context::ExitContext;
use crate::report::Report;
use crate::run::global::report_so_far;

impl ExitContext {
    /// What has become of the handlers that have ended so far. A handler of priority
    /// [`TELEMETRY`](crate::priority::TELEMETRY) can ship it; the handlers that are running or wait
    /// are not in it. For the whole report see [`on_report`](crate::on_report).
    ///
    /// # Threads
    ///
    /// May be called on any thread. It takes the lock of the run for as long as the report is made.
    ///
    /// ```standalone_crate
    /// use exitmacro::{ExitContext, Handler, priority};
    ///
    /// exitmacro::register(|| ())?;
    /// Handler::new("ship the report")
    ///     .priority(priority::TELEMETRY)
    ///     .register(|exit: &ExitContext| assert_eq!(exit.report().totals().completed, 1))?;
    /// assert!(exitmacro::run().is_success());
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> Report {
        report_so_far()
    }
}
