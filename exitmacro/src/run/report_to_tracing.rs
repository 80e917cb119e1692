//! Outcomes as events of `tracing`.

use crate::config::Sink;
use crate::config::declared::Settings;
use crate::report::HandlerReport;
use crate::report::event::{Event, Level, Summary, detail, sentence};
use crate::report::words::End;
use crate::run::reporting::prepare;
use tracing::dispatcher;
use tracing::subscriber::NoSubscriber;

impl Settings {
    /// `report_to = tracing`
    #[must_use]
    pub const fn report_to_tracing(mut self) -> Self {
        self.sink = Some(Sink { name: "tracing", send, prepare });
        self
    }
}

/// `false` when no subscriber is set. One that filters the event out has taken it.
fn send(event: &Event) -> bool {
    if dispatcher::get_default(|dispatch| dispatch.is::<NoSubscriber>()) {
        return false;
    }
    event.tell(outcome, summary);
    true
}

/// Each level has a description of its own in the program, which `tracing` asks for once.
fn outcome(level: Level, handler: &HandlerReport, end: End) {
    macro_rules! event {
        ($level:ident) => {
            tracing::event!(
                target: "exitmacro",
                tracing::Level::$level,
                handler = handler.name(),
                location = %handler.location(),
                priority = handler.priority(),
                outcome = handler.outcome().name(),
                detail = detail(handler),
                elapsed = handler.duration().as_secs_f64(),
                "{}",
                sentence(handler, end)
            )
        };
    }
    match level {
        Level::Error => event!(ERROR),
        Level::Warn => event!(WARN),
        Level::Debug => event!(DEBUG),
    }
}

fn summary(summary: &Summary) {
    let totals = summary.totals;
    tracing::event!(
        target: "exitmacro",
        tracing::Level::INFO,
        reason = %summary.reason,
        status = summary.status,
        handlers = totals.all(),
        completed = totals.completed,
        failed = totals.failed,
        panicked = totals.panicked,
        timed_out = totals.timed_out,
        skipped = totals.skipped,
        exited = totals.exited,
        elapsed = summary.elapsed.as_secs_f64(),
        budget = summary.budget.as_secs_f64(),
        "the exit handlers have run"
    );
}
