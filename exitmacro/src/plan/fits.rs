//! Whether a shutdown ends before what started the process kills it.

use crate::plan::{Plan, PlannedHandler};
use crate::text::count::Handlers;
use crate::text::duration::Size;
use crate::text::table::cell;
use crate::times::RUNNER_END_TIMEOUT;
use core::fmt;
use core::time::Duration;

/// How many handlers the message names.
const NAMED: usize = 3;

/// A year. Longer timeouts are printed as none.
const NO_LIMIT: Duration = Duration::from_secs(31_536_000);

impl Plan {
    /// Whether the whole shutdown ends within `limit`, also if every handler hangs: then a service
    /// manager that sends SIGTERM, and SIGKILL after `limit`, does not kill the process. Returns
    /// the time to spare.
    ///
    /// `limit` is `terminationGracePeriodSeconds` of Kubernetes less the time of a `preStop` hook,
    /// `TimeoutStopSec=` of systemd, or the period of `docker stop`.
    ///
    /// Counted are, from the signal on: the [grace](macro@crate::main#grace); the timeouts on the
    /// longest path through the order, where [concurrent](macro@crate::at_exit#concurrent) handlers
    /// overlap; 250 ms for each `async fn` on it, whose future drops; a second for the
    /// thread-locals of the handlers. At most the [budget](Self::budget) counts of all that. Then
    /// come the lines on a stderr that no process reads and the flush of stdout, for a second each.
    /// Receivers of [`on_report`](crate::on_report) and a file of `EXITMACRO_TRACE` have a second
    /// each as well, `report_to` two, stacks of abandoned handlers 3.25.
    ///
    /// Because of the budget a shutdown that fits may still cut handlers short. The grace is a part
    /// of the budget: [`assert_plan!`](crate::assert_plan), called at the same place, checks that
    /// the rest is enough for the timeouts.
    ///
    /// Not counted is what has no limit: destructors of C and C++ libraries, which libc runs after
    /// the handlers unless the budget is used up. Handlers that are registered later may make the
    /// path longer, and so may concurrent ones that end early and change the order; the budget
    /// bounds these too. A process that does not handle SIGTERM is killed by it at once.
    ///
    /// The budget and the grace are those of the calling process at the moment of the call to
    /// [`plan`](crate::plan()): `#[exitmacro::main]` configures both when `main` starts, so call it
    /// there, not in a unit test.
    ///
    /// The guide: [orchestrators](crate::guide::orchestrators).
    ///
    /// # Errors
    ///
    /// [`DoesNotFit`] if the shutdown may take longer. Its message names the parts, the handlers
    /// with the longest timeouts, and the budget that would fit, with which handlers may be cut
    /// short.
    ///
    /// # Platform
    ///
    /// In a shared object, and where no thread can be started, timeouts and budget are not
    /// enforced. On Windows the lines on stderr have no limit. Except on Linux with glibc, neither
    /// have the destructors that C libraries have for the threads of the handlers.
    ///
    /// ```standalone_crate
    /// use exitmacro::at_exit;
    /// use std::time::Duration;
    ///
    /// #[at_exit(timeout = "12s")]
    /// fn close_db() {}
    ///
    /// # #[cfg(not(feature = "backtrace"))]
    /// # #[cfg(unix)] {
    /// // 12 s for the handler, a second for its thread-locals, and two at the end.
    /// let spare = exitmacro::plan().fits(Duration::from_secs(30))?;
    /// assert_eq!(spare, Duration::from_secs(15));
    ///
    /// let error = exitmacro::plan().fits(Duration::from_secs(10)).unwrap_err();
    /// assert_eq!(error.needed(), Duration::from_secs(15));
    /// assert!(error.to_string().contains("`budget = \"8s\"` would fit"));
    /// # }
    /// # Ok::<(), exitmacro::DoesNotFit>(())
    /// ```
    pub fn fits(&self, limit: Duration) -> Result<Duration, DoesNotFit> {
        let handlers = self.around.grace.saturating_add(self.longest.length);
        let runner = if self.handlers.is_empty() { Duration::ZERO } else { RUNNER_END_TIMEOUT };
        let run = handlers.saturating_add(runner);
        let needed = run.min(self.budget).saturating_add(self.around.end);
        limit.checked_sub(needed).ok_or_else(|| {
            let (longest, others) = self.longest_timeouts();
            let parts = Parts {
                budget: (run > self.budget).then_some(self.budget),
                grace: self.around.grace,
                longest,
                others,
                end: needed.saturating_sub(handlers.min(self.budget)),
                fitting: limit.checked_sub(self.around.end).and_then(round_down),
            };
            DoesNotFit { needed, limit, parts: Box::new(parts) }
        })
    }

    /// The handlers with the longest timeouts on the longest path, in run order, and how many more
    /// are there.
    fn longest_timeouts(&self) -> (Vec<(String, Duration)>, usize) {
        let mut ranks = self.longest.handlers.clone();
        ranks.iter_mut().for_each(|ranks| ranks.sort_unstable());
        let on_path = |handler: &&PlannedHandler| {
            ranks.as_ref().is_none_or(|ranks| ranks.binary_search(&handler.rank).is_ok())
        };
        let handlers: Vec<_> = self.handlers.iter().filter(on_path).collect();
        let mut places: Vec<usize> = (0..handlers.len()).collect();
        places.sort_by_key(|&place| core::cmp::Reverse(handlers[place].longest()));
        places.truncate(NAMED);
        places.sort_unstable();
        let named = places.iter().map(|&place| {
            let handler = handlers[place];
            (handler.name.clone().into_owned(), handler.longest())
        });
        (named.collect(), handlers.len() - places.len())
    }
}

/// Whole seconds, or whole milliseconds of a time shorter than a second; `None` for none.
fn round_down(time: Duration) -> Option<Duration> {
    let rounded = match time.as_secs() {
        0 => Duration::from_millis(u64::from(time.subsec_millis())),
        seconds => Duration::from_secs(seconds),
    };
    (!rounded.is_zero()).then_some(rounded)
}

/// A shutdown may take longer than it may. Returned by [`Plan::fits`].
///
/// ```
/// use std::time::Duration;
///
/// let Err(error) = exitmacro::plan().fits(Duration::ZERO) else { panic!("no time is enough") };
/// assert!(error.needed() > error.limit());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoesNotFit {
    needed: Duration,
    limit: Duration,
    parts: Box<Parts>,
}

/// What the message names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    /// The budget, if it cuts the handlers short.
    budget: Option<Duration>,
    grace: Duration,
    longest: Vec<(String, Duration)>,
    others: usize,
    end: Duration,
    /// The longest budget with which the shutdown would fit.
    fitting: Option<Duration>,
}

impl DoesNotFit {
    /// How long the shutdown takes at worst: a limit that is as long would fit.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let error = exitmacro::plan().fits(Duration::ZERO).unwrap_err();
    /// assert_eq!(exitmacro::plan().fits(error.needed()), Ok(Duration::ZERO));
    /// ```
    #[must_use]
    pub fn needed(&self) -> Duration {
        self.needed
    }

    /// The limit that was asked about.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let error = exitmacro::plan().fits(Duration::ZERO).unwrap_err();
    /// assert_eq!(error.limit(), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.limit
    }
}

impl Parts {
    /// What comes before the end of the process.
    fn before_the_end(&self) -> Vec<String> {
        let grace = (!self.grace.is_zero()).then(|| format!("grace {}", Size(self.grace)));
        let longest = self.longest.iter().map(|(name, timeout)| {
            let name = cell(name);
            if *timeout < NO_LIMIT {
                format!("`{name}` {}", Size(*timeout))
            } else {
                format!("`{name}` without a limit")
            }
        });
        let others = (self.others > 0).then(|| format!("{} more", Handlers(self.others)));
        grace.into_iter().chain(longest).chain(others).collect()
    }
}

impl fmt::Display for DoesNotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { budget, grace, ref longest, end, fitting, .. } = *self.parts;
        let (needed, limit, end) = (Size(self.needed), Size(self.limit), Size(end));
        write!(f, "the shutdown may take {needed}, longer than {limit}: ")?;
        let parts = self.parts.before_the_end().join(", ");
        match budget {
            Some(budget) => write!(f, "budget {} ({parts})", Size(budget))?,
            None => f.write_str(&parts)?,
        }
        if budget.is_some() || !parts.is_empty() {
            f.write_str(", ")?;
        }
        write!(f, "end of the process {end}; ")?;
        let Some(fitting) = fitting else {
            return f.write_str("no budget would fit: raise the limit");
        };
        write!(f, "`budget = \"{}\"` would fit", Size(fitting))?;
        if grace >= fitting {
            f.write_str(" with a shorter `grace`")?;
        }
        if !longest.is_empty() {
            f.write_str(", and may cut handlers short")?;
        }
        f.write_str("; or shorten the timeouts, or raise the limit")
    }
}

impl core::error::Error for DoesNotFit {}

#[cfg(test)]
#[path = "fits_tests.rs"]
mod tests;
