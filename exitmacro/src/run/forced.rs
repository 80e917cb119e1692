//! The line on stderr when a signal forces the end: which handlers were running, and how many did
//! not run.
//!
//! The signal handler prints it, on whatever thread the signal arrived, for the process ends right
//! then. So nothing here allocates, waits long for a lock, or changes the run; what a runner has
//! done by its lease is read without recording it.

use crate::fork::ownership;
use crate::handler::clock::Moment;
use crate::handler::declared::handlers;
use crate::handler::signal::Signal;
use crate::registry::{self, Table};
use crate::report::line::Line;
use crate::run::global::RUN;
use crate::run::log::Subject;
use crate::run::state::{MainError, Phase, RequestError, Run};
use crate::sys::{self, Locked};
use crate::text::duration::{Size, Took};
use crate::times::FORCED_LOCK_TIMEOUT;
use core::fmt;

/// Restores the terminal. Set by what keeps the terminal, so that other
/// programs do not contain it.
pub(crate) static RESTORE: sys::StaticRef<fn()> = sys::StaticRef::new();

/// Restores the terminal, if the program has that done, and prints that this signal forces the end.
/// Async-signal-safe, and done within 70 ms.
pub(crate) fn print_line(signal: Signal) {
    if let Some(restore) = RESTORE.get() {
        restore();
    }
    let mut line = Line::without_memory();
    match try_lock_both() {
        Some((run, mut table)) if !ownership::is_changing() => {
            let owns_declared = registry::owns_declared(&mut table);
            let (run, table, now) = (&*run, &*table, Moment::now());
            let end = ForcedEnd { signal, run, table, owns_declared, now };
            line.set(format_args!("{end}"));
        }
        _ => line.set(format_args!("forced to end by {signal}")),
    }
    line.print_in_signal_handler();
}

fn try_lock_both() -> Option<(Locked<Run>, Locked<Table>)> {
    let end = Moment::now().plus(FORCED_LOCK_TIMEOUT);
    loop {
        if let Ok(run) = RUN.try_lock().map(Locked::new)
            && let Some(table) = registry::table_if_free()
        {
            return Some((run, table));
        }
        if Moment::now() >= end {
            return None;
        }
        sys::wait_a_moment();
    }
}

/// The state of the run at the forced end.
struct ForcedEnd<'a> {
    signal: Signal,
    run: &'a Run,
    table: &'a Table,
    /// Whether the declared handlers are those of this process.
    owns_declared: bool,
    now: Moment,
}

impl fmt::Display for ForcedEnd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_handlers(f)?;
        let error = self.run.main_error;
        if error.is_kept() || matches!(error, MainError::By(_)) {
            f.write_str("; the error of `main` was not printed")?;
        }
        if matches!(self.run.request_error, RequestError::Kept(_)) {
            f.write_str("; the error of the request to end was not printed")?;
        }
        Ok(())
    }
}

impl ForcedEnd<'_> {
    fn write_handlers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "forced to end by {}", self.signal)?;
        let left = match self.run.phase {
            Phase::Finished => return f.write_str(" after the exit handlers had run"),
            Phase::Idle => {
                let declared = crate::order::sort::declared_ranks(handlers(), self.owns_declared);
                declared.count() + self.table.len()
            }
            Phase::Running => self.run.left(self.table),
        };
        match self.run.phase {
            Phase::Idle if left == 0 => return Ok(()),
            Phase::Idle => f.write_str(" before the exit handlers began")?,
            _ => self.write_running(f)?,
        }
        match left {
            0 => f.write_str("; no other handler was left"),
            1 => f.write_str("; 1 handler did not run"),
            left => write!(f, "; {left} handlers did not run"),
        }
    }

    fn write_running(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(leased) = self.run.leased_handler(self.table) {
            let (took, timeout) = (Took(self.now.since(leased.started)), Size(leased.timeout));
            return write!(f, " while `{}` was running ({took} of {timeout})", leased.name);
        }
        let mut separator = " while ";
        for current in self.run.active.iter() {
            let took = Took(self.now.since(current.started));
            f.write_str(separator)?;
            match current.subject.as_ref().map(Subject::name) {
                Some(name) => write!(
                    f,
                    "`{name}` was running ({took} of {})",
                    Size(current.limit.duration())
                )?,
                #[cfg(events)]
                None if self.run.is_sending(current.number) => {
                    write!(f, "an outcome was reported ({took})")?
                }
                None => write!(f, "stdout was flushed ({took})")?,
            }
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "forced_tests.rs"]
mod tests;
