//! The options of a handler: the one list of what it may ask for besides a name and a priority.
//!
//! Declared handlers, the builder, cleanups and cells each have an [`Options`], and the run reads
//! it. A new option has a field here, and a method: for attributes in [`option_methods`], for
//! programs in the builder. The macros read it in `args/options.rs` of `exitmacro-derive`, and
//! write the call of its method in `emit/options.rs`.

use crate::error::RegisterError;
use crate::handler::ordered_by::OrderedBy;
use crate::handler::when::When;
use crate::times::SHORTEST_LANE_TIMEOUT;
use core::time::Duration;

/// The options of one handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Its own timeout; without one, the program's counts. See [`longer_than_zero`].
    pub(crate) timeout: Option<Duration>,
    /// It runs on the exiting thread.
    pub(crate) on_caller: bool,
    /// Forked children run it too.
    pub(crate) inherit: bool,
    /// It may run at the same time as others.
    pub(crate) concurrent: bool,
    /// It is an `async fn`, which keeps its own time.
    pub(crate) asynchronous: bool,
    /// It takes nothing and returns nothing.
    pub(crate) bare: bool,
    pub(crate) when: When,
    /// What puts it in order, where sorting by rank does not.
    pub(crate) ordered_by: Option<OrderedBy>,
}

impl Options {
    /// Those of a handler that asks for nothing.
    pub(crate) const NONE: Self = Self {
        timeout: None,
        on_caller: false,
        inherit: false,
        concurrent: false,
        asynchronous: false,
        bare: false,
        when: When::Always,
        ordered_by: None,
    };

    /// The same of one that takes nothing and returns nothing.
    pub(crate) const BARE: Self = Self { bare: true, ..Self::NONE };

    /// Its own timeout, or else the program's.
    #[inline]
    pub(crate) fn timeout_or(&self, default: Duration) -> Duration {
        self.timeout.unwrap_or(default)
    }

    /// Whether it runs at every end, on the runner, and does not keep its own time.
    #[inline]
    pub(crate) fn is_simple(&self) -> bool {
        matches!(self.when, When::Always) && !self.on_caller && !self.asynchronous
    }

    /// Whether it may run in a lane with this timeout: it tells the run nothing, and its own
    /// timeout is not longer, nor so short that it would be enforced late.
    #[inline]
    pub(crate) fn fits_into_lane(&self, timeout: Duration) -> bool {
        let is_usual = |own| (SHORTEST_LANE_TIMEOUT..=timeout).contains(&own);
        self.bare && self.is_simple() && self.timeout.is_none_or(is_usual)
    }

    /// Its own timeout, if it is simple.
    #[inline]
    pub(crate) fn simple_timeout(&self) -> Option<Option<Duration>> {
        self.is_simple().then_some(self.timeout)
    }

    /// Refuses options that no handler can have, where they are known only at run time.
    #[inline]
    pub(crate) fn check(&self) -> Result<(), RegisterError> {
        if self.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(RegisterError::ZeroTimeout);
        }
        if self.concurrent && self.on_caller {
            return Err(RegisterError::ConcurrentOnCaller);
        }
        Ok(())
    }
}

/// A timeout that a constant may have. No handler has a timeout of zero: it is a compile error in a
/// constant, and [`RegisterError::ZeroTimeout`] where the value is known only at run time.
#[track_caller]
#[inline]
pub(crate) const fn longer_than_zero(timeout: Duration) -> Duration {
    assert!(!timeout.is_zero(), "the timeout of an exit handler must be longer than zero");
    timeout
}

/// The methods of constants that attributes set options with. A macro, because a trait cannot have
/// constant methods. `values` are those that tracked values have as well.
macro_rules! option_methods {
    (values) => {
        /// Sets how long the handler may take. The default is the timeout that the program
        /// configures, or 10 seconds.
        ///
        /// # Panics
        ///
        /// When `timeout` is zero; in a constant this is a compile error. For a value that is known
        /// only at run time there is [`try_timeout`](Self::try_timeout).
        ///
        /// ```
        /// use exitmacro::{AtExitCleanup, CleanupOptions};
        /// use std::time::Duration;
        ///
        /// #[derive(AtExitCleanup)]
        /// #[cleanup(timeout = "2s")]
        /// struct Cache;
        ///
        /// assert_eq!(Cache.options(), CleanupOptions::new().timeout(Duration::from_secs(2)));
        /// ```
        #[track_caller]
        #[inline]
        pub const fn timeout(mut self, timeout: Duration) -> Self {
            self.options.timeout = Some(crate::handler::options::longer_than_zero(timeout));
            self
        }

        /// [`timeout`](Self::timeout) for a value that is known only at run time.
        ///
        /// # Errors
        ///
        /// [`RegisterError::ZeroTimeout`](crate::RegisterError::ZeroTimeout) when `timeout` is
        /// zero.
        ///
        /// ```
        /// use exitmacro::{CleanupOptions, RegisterError};
        /// use std::time::Duration;
        ///
        /// let (options, timeout) = (CleanupOptions::new(), Duration::from_secs(2));
        /// assert_eq!(options.try_timeout(timeout), Ok(options.timeout(timeout)));
        /// assert_eq!(options.try_timeout(Duration::ZERO), Err(RegisterError::ZeroTimeout));
        /// ```
        #[inline]
        pub const fn try_timeout(
            mut self,
            timeout: Duration,
        ) -> Result<Self, crate::error::RegisterError> {
            if timeout.is_zero() {
                return Err(crate::error::RegisterError::ZeroTimeout);
            }
            self.options.timeout = Some(timeout);
            Ok(self)
        }
    };
    (functions) => {
        /// `thread = caller`
        #[must_use]
        pub const fn on_caller(mut self) -> Self {
            self.options.on_caller = true;
            self
        }

        /// `fork = inherit`
        #[must_use]
        pub const fn inherit(mut self) -> Self {
            self.options.inherit = true;
            self
        }

        /// `when = …`
        #[must_use]
        pub const fn when(mut self, when: When) -> Self {
            self.options.when = when;
            self
        }

        /// It is an `async fn`, which keeps its own time.
        #[must_use]
        pub const fn asynchronous(mut self) -> Self {
            self.options.asynchronous = true;
            self
        }
    };
}
pub(crate) use option_methods;
