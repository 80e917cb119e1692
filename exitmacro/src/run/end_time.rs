//! How long the end of the process may take after the budget.

use crate::config::Config;
use crate::handler::clock::Moment;
use crate::run::on_report;
#[cfg(unix)]
use crate::times::ALL_LINES_TIMEOUT;
#[cfg(events)]
use crate::times::EVENT_TIMEOUT;
#[cfg(feature = "picture")]
use crate::times::PICTURE_TIMEOUT;
use crate::times::REPORT_TIMEOUT;
#[cfg(stacks)]
use crate::times::{STACK_TIMEOUT, STACKS_TIMEOUT};

/// When the process has ended at the latest, if the budget is used up at that time. Each part has a
/// limit of its own.
pub(crate) fn latest_end(config: &Config, budget_end: Moment) -> Moment {
    let mut end = budget_end.plus(config.flush_timeout());
    // Lines on a stderr that no process reads.
    #[cfg(unix)]
    {
        end = end.plus(ALL_LINES_TIMEOUT);
    }
    if on_report::is_wanted() {
        end = end.plus(REPORT_TIMEOUT);
    }
    // The event that is not taken in time, and all that are left.
    #[cfg(events)]
    if config.sink.is_some() {
        end = end.plus(EVENT_TIMEOUT).plus(EVENT_TIMEOUT);
    }
    #[cfg(feature = "picture")]
    if config.picture.is_some() {
        end = end.plus(PICTURE_TIMEOUT);
    }
    #[cfg(stacks)]
    {
        end = end.plus(STACK_TIMEOUT).plus(STACKS_TIMEOUT);
    }
    end
}
