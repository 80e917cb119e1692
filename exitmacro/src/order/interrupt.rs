//! Stops the making of a plan that takes too long.

use core::fmt;
use std::collections::TryReserveError;

/// Why there is no order by edges, so that priorities settle it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unplanned {
    OutOfMemory,
    /// The search for the order takes too long.
    OutOfTime,
}

impl From<TryReserveError> for Unplanned {
    fn from(_: TryReserveError) -> Self {
        Self::OutOfMemory
    }
}

impl fmt::Display for Unplanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfMemory => "no memory left for the order that `after`, `before` and `concurrent` ask for: priorities settle it",
            Self::OutOfTime => {
                "the order that `after`, `before` and `concurrent` ask for takes more than a tenth of the budget to find: priorities settle it, and the handlers run one after the other"
            }
        })
    }
}

/// How many steps of a plan are made between two readings of the clock. Each step takes some
/// nanoseconds.
const STEPS_BETWEEN: u32 = 2_048;

/// Called at each step of a plan; stops it when no time is left. The caller provides the clock.
pub(crate) struct Interrupt<'a> {
    steps: u32,
    has_time: &'a mut dyn FnMut() -> bool,
}

impl<'a> Interrupt<'a> {
    pub(crate) fn new(has_time: &'a mut dyn FnMut() -> bool) -> Self {
        Self { steps: 0, has_time }
    }

    pub(crate) fn step(&mut self) -> Result<(), Unplanned> {
        self.steps += 1;
        if self.steps < STEPS_BETWEEN {
            return Ok(());
        }
        self.steps = 0;
        if (self.has_time)() { Ok(()) } else { Err(Unplanned::OutOfTime) }
    }
}
