//! What the exit handler of a cell does: it drops the value, when there are no guards of it.

use crate::awaited;
use crate::borrows::{self, Held};
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::resource::cell::AtExitCell;
use crate::resource::cell_fill::under_way;
use crate::run::{Looks, Stopped};
use crate::sys;
use crate::times::BUSY_MARGIN;
use core::fmt;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::thread;

impl<T: Send + Sync + 'static> AtExitCell<T> {
    /// Takes the value out, unless there are guards of it.
    fn take(&self) -> Result<Option<T>, ()> {
        let _no_forks = under_way();
        sys::if_free(self.value.try_write()).map(|mut value| value.take()).ok_or(())
    }

    /// The exit handler.
    pub(super) fn close(&self, exit: &ExitContext) -> Result<(), Busy> {
        self.is_closing.store(true, Ordering::Release);
        // A little before it would be abandoned, so that it can report why.
        let margin = (exit.remaining() / 10).min(BUSY_MARGIN);
        let end = Moment::now().plus(exit.remaining().saturating_sub(margin));
        let mut times_in_a_row = 0;
        let mut looks = Looks::new();
        // For the line about a handler that is abandoned before it can report: on a busy machine
        // its thread may sleep for too long.
        let mut noted = None;
        loop {
            if let Ok(taken) = self.take() {
                // After the locks are released. The drop is no wait.
                drop(noted);
                drop(taken);
                return Ok(());
            }
            noted
                .get_or_insert_with(|| awaited::note(format!("the guards of {}", self.in_words())));
            if let Some(stopped) = looks.why_borrowed(self.address()) {
                return Err(self.busy(Some(stopped)));
            }
            // Some times in a row: a guard that is just being made is not counted yet.
            times_in_a_row =
                if self.guards.are_all_of_the_parent() { times_in_a_row + 1 } else { 0 };
            if times_in_a_row > 50 {
                return Err(self.busy(Some(Stopped::Parents)));
            }
            if end <= Moment::now() {
                return Err(self.busy(None));
            }
            thread::sleep(Duration::from_micros(200));
        }
    }

    fn busy(&self, stopped: Option<Stopped>) -> Busy {
        // Those of the parent are not guards of threads of this process.
        let is_known = stopped != Some(Stopped::Parents);
        Busy {
            cell: self.in_words(),
            stopped,
            held: borrows::held(self.address()).filter(|_| is_known).collect(),
        }
    }
}

/// How many guards the line about a busy value names.
const NAMED: usize = 3;

/// Why the value is not dropped: a thread has a guard of it; with the reason, if that thread cannot
/// continue.
pub(super) struct Busy {
    /// The cell, as lines name it.
    cell: String,
    stopped: Option<Stopped>,
    held: Vec<Held>,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cell, stopped, held } = self;
        match stopped {
            None => f.write_str("busy: a thread still holds")?,
            Some(stopped) => write!(f, "busy: {stopped} holds")?,
        }
        write!(f, " a guard of {cell}, whose value is therefore not dropped")?;
        for (index, Held { thread, taken_at, .. }) in held.iter().take(NAMED).enumerate() {
            let before = if index == 0 { ": " } else { ", " };
            let thread = thread.name();
            let thread = thread.as_ref().map_or(&"a thread" as &dyn fmt::Display, |name| name);
            write!(f, "{before}{thread} took one at {taken_at}")?;
        }
        let named = held.len().min(NAMED);
        let all: usize = held.iter().map(|held| held.count as usize).sum();
        match all - named {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}
