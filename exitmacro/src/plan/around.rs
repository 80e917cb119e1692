//! What a shutdown takes besides its handlers.

use core::time::Duration;

/// What comes before and after the run at the end of the process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Around {
    /// What `main` has after a signal, as a part of the budget.
    pub(crate) grace: Duration,
    /// What the end of the process may take after the budget.
    pub(crate) end: Duration,
}
