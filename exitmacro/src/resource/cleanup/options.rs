//! The place of a type's values among the exit handlers.

use crate::handler::edge::{Edges, Key};
use crate::handler::options::{Options, option_methods};
use crate::handler::priority;
use crate::plan::scheduling::ORDERED;
use crate::registry::Detail;
use core::time::Duration;
use std::borrow::Cow;

/// The options of a type as an exit handler: `#[cleanup(priority = …, timeout = …, name = …)]`.
///
/// ```
/// use exitmacro::{CleanupOptions, priority};
/// use std::time::Duration;
///
/// let options = CleanupOptions::new()
///     .priority(priority::RESOURCES)
///     .timeout(Duration::from_secs(5))
///     .name("pool");
/// # _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct CleanupOptions {
    pub(crate) priority: i32,
    pub(crate) name: Option<&'static str>,
    options: Options,
    edges: Edges<&'static [Key]>,
}

impl CleanupOptions {
    /// Priority 0, the timeout that the program configures, the type as the name.
    ///
    /// ```
    /// use exitmacro::{AtExitCleanup, CleanupOptions};
    ///
    /// #[derive(AtExitCleanup)]
    /// struct Cache;
    ///
    /// assert_eq!(Cache.options(), CleanupOptions::new());
    /// assert_eq!(CleanupOptions::new(), CleanupOptions::new().priority(0));
    /// ```
    #[inline]
    pub const fn new() -> Self {
        Self { priority: priority::DEFAULT, name: None, options: Options::NONE, edges: Edges::NONE }
    }

    /// Sets the priority, 0 by default. Higher is closed first; values of one priority are closed
    /// newest first.
    ///
    /// ```
    /// use exitmacro::{AtExitCleanup, CleanupOptions, priority};
    ///
    /// #[derive(AtExitCleanup)]
    /// #[cleanup(priority = priority::FILES)]
    /// struct Cache;
    ///
    /// assert_eq!(Cache.options(), CleanupOptions::new().priority(priority::FILES));
    /// ```
    #[inline]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets the name of the value in plans and reports; by default it is the path of the type.
    ///
    /// ```
    /// use exitmacro::{AtExitCleanup, CleanupOptions};
    ///
    /// #[derive(AtExitCleanup)]
    /// #[cleanup(name = "the cache")]
    /// struct Cache;
    ///
    /// assert_eq!(Cache.options(), CleanupOptions::new().name("the cache"));
    /// ```
    #[inline]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    option_methods!(values);

    /// Closes values at the same time as other concurrent values of the same priority, each on its
    /// own thread, unless an edge orders them.
    ///
    /// ```
    /// use exitmacro::{AtExitCleanup, CleanupOptions};
    ///
    /// #[derive(AtExitCleanup)]
    /// #[cleanup(concurrent)]
    /// struct Connection;
    ///
    /// assert_eq!(Connection.options(), CleanupOptions::new().concurrent());
    /// ```
    #[inline]
    pub const fn concurrent(mut self) -> Self {
        self.options.concurrent = true;
        self.options.ordered_by = ORDERED;
        self
    }

    /// `after(…)`
    #[doc(hidden)]
    #[inline]
    pub const fn after(mut self, others: &'static [Key]) -> Self {
        self.edges.after = others;
        self.options.ordered_by = ORDERED;
        self
    }

    /// `before(…)`
    #[doc(hidden)]
    #[inline]
    pub const fn before(mut self, others: &'static [Key]) -> Self {
        self.edges.before = others;
        self.options.ordered_by = ORDERED;
        self
    }

    /// The value is closed by a future, which keeps its own time.
    #[cfg(feature = "async")]
    pub(crate) const fn asynchronous(mut self) -> Self {
        self.options.asynchronous = true;
        self
    }

    /// How long the value may take, without a timeout of its own.
    #[cfg(feature = "async")]
    pub(crate) fn timeout_or(&self, default: Duration) -> Duration {
        self.options.timeout_or(default)
    }

    /// What the table has to know of a value besides its priority. Inlined, so that of most types
    /// nothing is left of it.
    #[inline]
    pub(crate) fn detail(&self) -> Option<Box<Detail>> {
        let has_detail =
            self.name.is_some() || self.options != Options::NONE || !self.edges.is_empty();
        has_detail.then(|| Box::new(self.as_detail()))
    }

    pub(crate) fn as_detail(&self) -> Detail {
        Detail {
            name: self.name.map(Cow::Borrowed),
            options: self.options,
            edges: self.edges.kept(),
            ..Detail::default()
        }
    }
}

impl Default for CleanupOptions {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RegisterError;
    use core::time::Duration;

    #[test]
    fn each_edge_and_concurrency_ask_for_a_schedule() {
        let new = CleanupOptions::new;
        for options in [new().after(&[]), new().before(&[]), new().concurrent()] {
            assert!(options.options.ordered_by.is_some() && options != new());
        }
        assert!(new().priority(1).name("one").options.ordered_by.is_none());
    }

    #[test]
    fn a_timeout_is_longer_than_zero() {
        let one = Duration::from_nanos(1);
        assert_eq!(
            [one, Duration::ZERO].map(|timeout| CleanupOptions::new().try_timeout(timeout)),
            [Ok(CleanupOptions::new().timeout(one)), Err(RegisterError::ZeroTimeout)]
        );
    }

    #[test]
    #[should_panic(expected = "must be longer than zero")]
    fn a_timeout_of_zero_is_refused() {
        _ = CleanupOptions::new().timeout(Duration::ZERO);
    }

    #[test]
    fn only_a_type_that_asks_for_more_has_a_detail() {
        let new = CleanupOptions::new;
        assert!([new(), new().priority(9)].iter().all(|options| options.detail().is_none()));
        let one = Duration::from_secs(1);
        for options in [new().name("one"), new().timeout(one), new().after(&[]).concurrent()] {
            assert!(options.detail().is_some(), "{options:?}");
        }
    }
}
