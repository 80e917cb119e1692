//! What limits the time of a handler.

use crate::text::duration::Size;
use core::fmt;
use core::time::Duration;

/// The limit of a handler's time. Its `Display` reads "its timeout is 10s".
///
/// The shortest of three: the timeout of the handler; while others wait, 90 % of the remaining
/// budget; and otherwise all of the remaining budget.
///
/// ```
/// use exitmacro::{Handler, Limit};
///
/// # use std::time::Duration;
/// # fn upload(exit: &exitmacro::ExitContext) {
/// #     while !exit.is_abandoned() {
/// #         std::thread::sleep(Duration::from_millis(1));
/// #     }
/// # }
/// let timeout = Duration::from_millis(5);
/// Handler::new("upload").timeout(timeout).register(upload)?;
/// for handler in exitmacro::run().handlers() {
///     match handler.limit() {
///         None => {}
///         Some(Limit::Timeout(limit)) => assert_eq!(limit, timeout),
///         Some(limit) => println!("{} was cut short by the budget: {limit}", handler.name()),
///     }
/// }
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Its own timeout, or that of the program for all handlers.
    Timeout(Duration),
    /// Its share of the remaining budget when it started. Other handlers waited, or, for an `async
    /// fn`, time was reserved to drop its future.
    #[non_exhaustive]
    Share {
        /// The share.
        share: Duration,
        /// The remaining budget.
        left: Duration,
    },
    /// All of the remaining budget when it started.
    #[non_exhaustive]
    Budget {
        /// The remaining budget.
        left: Duration,
        /// The budget of the run.
        budget: Duration,
    },
}

impl Limit {
    /// How long the handler had.
    ///
    /// ```
    /// use exitmacro::Limit;
    /// use std::time::Duration;
    ///
    /// assert_eq!(Limit::Timeout(Duration::from_secs(2)).duration(), Duration::from_secs(2));
    /// ```
    #[must_use]
    pub fn duration(&self) -> Duration {
        match *self {
            Self::Timeout(time)
            | Self::Share { share: time, .. }
            | Self::Budget { left: time, .. } => time,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timeout(timeout) => write!(f, "its timeout is {}", Size(timeout)),
            Self::Share { share, left } => {
                write!(f, "its share of the budget was {}, of {} left", Size(share), Size(left))
            }
            Self::Budget { left, budget } => {
                write!(f, "{} were left of the budget of {}", Size(left), Size(budget))
            }
        }
    }
}
