//! What the exit handler of a cell does: it drops the value, when there are no guards of it.

use crate::error::CellError;
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::resource::cell::AtExitCell;
use crate::resource::cell_fill::under_way;
use crate::run::{Looks, Stopped};
use crate::times::BUSY_MARGIN;
use core::fmt;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::TryLockError;
use std::thread;

impl<T: Send + Sync + 'static> AtExitCell<T> {
    /// Takes the value out, unless there are guards of it.
    fn take(&self) -> Result<Option<T>, ()> {
        let _no_forks = under_way();
        match self.value.try_write() {
            Ok(mut value) => Ok(value.take()),
            Err(TryLockError::Poisoned(mut value)) => Ok(value.get_mut().take()),
            Err(TryLockError::WouldBlock) => Err(()),
        }
    }

    /// The exit handler.
    pub(super) fn close(&self, exit: &ExitContext) -> Result<(), Busy> {
        self.is_closing.store(true, Ordering::Release);
        // A little before it would be abandoned, so that it can report why.
        let margin = (exit.remaining() / 10).min(BUSY_MARGIN);
        let end = Moment::now().plus(exit.remaining().saturating_sub(margin));
        let mut times_in_a_row = 0;
        let mut looks = Looks::new();
        loop {
            if let Ok(taken) = self.take() {
                // After the locks are released.
                drop(taken);
                return Ok(());
            }
            if let Some(stopped) = looks.why_borrowed(self.address()) {
                return Err(Busy(Some(stopped)));
            }
            // Some times in a row: a guard that is just being made is not counted yet.
            times_in_a_row =
                if self.guards.are_all_of_the_parent() { times_in_a_row + 1 } else { 0 };
            if times_in_a_row > 50 {
                return Err(Busy(Some(Stopped::Parents)));
            }
            if end <= Moment::now() {
                return Err(Busy(None));
            }
            thread::sleep(Duration::from_micros(200));
        }
    }
}

/// Why the value is not dropped: a thread has a guard of it; with the reason, if that thread cannot
/// continue.
pub(super) struct Busy(Option<Stopped>);

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => fmt::Display::fmt(&CellError::Busy, f),
            Some(stopped) => write!(
                f,
                "busy: {stopped} holds a guard of the value, which is therefore not dropped"
            ),
        }
    }
}
