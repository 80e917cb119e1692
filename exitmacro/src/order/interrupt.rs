//! Stops the making of a plan that takes too long.

use core::fmt;
use std::collections::TryReserveError;

/// Why there is no order by edges, so that priorities alone decide.
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
            Self::OutOfMemory => {
                "no memory left to order the handlers by `after`, `before` and `concurrent`: \
                 they run one after the other, by priority"
            }
            Self::OutOfTime => {
                "ordering the handlers by `after`, `before` and `concurrent` takes more than a \
                 tenth of the budget: they run one after the other, by priority"
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
