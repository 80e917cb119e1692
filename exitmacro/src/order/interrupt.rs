//! Stops the making of a plan that takes too long.

use crate::handler::clock::Moment;
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

/// Called at each step of a plan; stops it when its time is over, on a clock that the caller
/// provides. Not a closure, which has a table of functions whose addresses the loader writes.
pub(crate) struct Interrupt {
    steps: u32,
    clock: fn() -> Moment,
    end: Moment,
}

impl Interrupt {
    /// Stops a plan that is not complete by then.
    pub(crate) fn at(end: Moment, clock: fn() -> Moment) -> Self {
        Self { steps: 0, clock, end }
    }

    pub(crate) fn step(&mut self) -> Result<(), Unplanned> {
        self.steps += 1;
        if self.steps < STEPS_BETWEEN {
            return Ok(());
        }
        self.steps = 0;
        if (self.clock)() < self.end { Ok(()) } else { Err(Unplanned::OutOfTime) }
    }
}

#[cfg(any(test, fuzzing))]
impl Interrupt {
    pub(crate) fn never() -> Self {
        Self::at(Moment::NEVER, Moment::now)
    }
}
