//! Outcomes as records of `log`, with its key-value pairs as fields.

use crate::config::Sink;
use crate::config::declared::Settings;
use crate::report::HandlerReport;
use crate::report::event::{Event, Level, Summary, detail};
use crate::report::words::{End, outcome_words};
use crate::run::reporting::prepare;
use crate::text::table::cell;

impl Settings {
    /// `report_to = log`
    #[must_use]
    pub const fn report_to_log(mut self) -> Self {
        self.sink = Some(Sink { name: "log", send, prepare });
        self
    }
}

/// `false` when no logger is set: `log` has no level then. A level that the logger turned off has
/// taken the event.
fn send(event: &Event) -> bool {
    if log::max_level() == log::LevelFilter::Off {
        return false;
    }
    event.tell(outcome, summary);
    true
}

/// Many loggers print the text alone, so it says everything.
fn outcome(level: Level, handler: &HandlerReport, end: End) {
    let level = match level {
        Level::Error => log::Level::Error,
        Level::Warn => log::Level::Warn,
        Level::Debug => log::Level::Debug,
    };
    let mut text = String::new();
    _ = outcome_words(handler, end, &mut text);
    log::log!(
        target: "exitmacro",
        level,
        handler = handler.name(),
        location:% = handler.location(),
        priority = handler.priority(),
        outcome = handler.outcome().name(),
        detail = detail(handler).as_deref(),
        elapsed = handler.duration().as_secs_f64();
        "{}",
        cell(&text)
    );
}

fn summary(summary: &Summary) {
    let totals = summary.totals;
    log::info!(
        target: "exitmacro",
        reason:% = summary.reason,
        status = summary.status,
        handlers = totals.all(),
        completed = totals.completed,
        failed = totals.failed,
        panicked = totals.panicked,
        timed_out = totals.timed_out,
        skipped = totals.skipped,
        exited = totals.exited,
        elapsed = summary.elapsed.as_secs_f64(),
        budget = summary.budget.as_secs_f64();
        "{summary}"
    );
}
