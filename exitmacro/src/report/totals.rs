//! How many handlers came to which outcome.

use crate::report::outcome::Outcome;
use crate::text::count::Handlers;
use core::fmt;

/// How many handlers came to which outcome. Made by [`Report::totals`](crate::Report::totals); its
/// `Display` reads "3 handlers: 2 completed, 1 timed out".
///
/// ```
/// exitmacro::on_report(|report| {
///     let totals = report.totals();
///     if totals.failed + totals.panicked + totals.timed_out > 0 {
///         eprintln!("cleanup was incomplete: {totals}");
///     }
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Totals {
    /// See [`Outcome::Completed`].
    pub completed: usize,
    /// See [`Outcome::Failed`].
    pub failed: usize,
    /// See [`Outcome::Panicked`].
    pub panicked: usize,
    /// See [`Outcome::TimedOut`].
    pub timed_out: usize,
    /// See [`Outcome::Skipped`].
    pub skipped: usize,
    /// See [`Outcome::Exited`].
    pub exited: usize,
}

impl Totals {
    pub(crate) fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut totals = Self::default();
        for outcome in outcomes {
            *match outcome {
                Outcome::Completed => &mut totals.completed,
                Outcome::Failed(_) => &mut totals.failed,
                Outcome::Panicked(_) => &mut totals.panicked,
                Outcome::TimedOut => &mut totals.timed_out,
                Outcome::Skipped(_) => &mut totals.skipped,
                Outcome::Exited(_) => &mut totals.exited,
            } += 1;
        }
        totals
    }

    /// All of them.
    ///
    /// ```
    /// # exitmacro::register(|| ())?;
    /// let report = exitmacro::run();
    /// assert_eq!(report.totals().all(), report.handlers().len());
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn all(&self) -> usize {
        self.each().iter().map(|&(count, _)| count).sum()
    }

    fn each(&self) -> [(usize, &'static str); 6] {
        [
            (self.completed, "completed"),
            (self.failed, "failed"),
            (self.panicked, "panicked"),
            (self.timed_out, "timed out"),
            (self.skipped, "skipped"),
            (self.exited, "exited"),
        ]
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Handlers(self.all()))?;
        let mut separator = ": ";
        for (count, what) in self.each().into_iter().filter(|&(count, _)| count > 0) {
            write!(f, "{separator}{count} {what}")?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::outcome::SkipReason;

    #[test]
    fn each_outcome_is_counted_and_none_is_left_out() {
        let outcomes = [
            Outcome::Completed,
            Outcome::Completed,
            Outcome::Failed(String::new()),
            Outcome::Panicked(String::new()),
            Outcome::TimedOut,
            Outcome::Skipped(SkipReason::Budget),
            Outcome::Exited(3),
        ];
        let totals = Totals::of(outcomes.iter());
        assert_eq!(
            totals.to_string(),
            "7 handlers: 2 completed, 1 failed, 1 panicked, 1 timed out, 1 skipped, 1 exited"
        );
    }

    #[test]
    fn what_did_not_happen_is_not_named() {
        assert_eq!(Totals::of([].into_iter()).to_string(), "0 handlers");
        assert_eq!(Totals::of([Outcome::TimedOut].iter()).to_string(), "1 handler: 1 timed out");
    }
}
