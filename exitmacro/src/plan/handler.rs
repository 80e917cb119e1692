//! One handler of a plan.

use crate::config::Bounds;
use crate::handler::{Location, Rank, Source, When};
use crate::registry::view::View;
use crate::times::ASYNC_DROP_TIMEOUT;
use core::time::Duration;
use std::borrow::Cow;

/// One handler of a [`Plan`](crate::Plan).
///
/// ```
/// use exitmacro::{Handler, Source, When};
///
/// Handler::new("save").priority(5).when(When::Success).register(|| ())?;
/// for handler in exitmacro::plan().handlers() {
///     println!("{} ({})", handler.name(), handler.location());
///     if handler.name() == "save" {
///         assert_eq!((handler.priority(), handler.when()), (5, When::Success));
///         assert_eq!(handler.source(), Source::Registered);
///         assert!(!handler.is_timeout_stated() && !handler.is_concurrent());
///     }
/// }
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PlannedHandler {
    pub(super) name: Cow<'static, str>,
    pub(super) location: Location,
    pub(super) priority: i32,
    pub(super) timeout: Duration,
    pub(super) is_timeout_stated: bool,
    pub(super) source: Source,
    pub(super) concurrent: bool,
    pub(super) asynchronous: bool,
    pub(super) when: When,
    pub(super) rank: Rank,
}

impl PlannedHandler {
    pub(super) fn of(handler: View<'_>, rank: Rank, bounds: Bounds) -> Self {
        let options = handler.options();
        Self {
            name: handler.kept_name(),
            location: handler.location(),
            priority: handler.priority(),
            timeout: options.timeout_or(bounds.timeout),
            is_timeout_stated: bounds.is_timeout_stated || options.timeout.is_some(),
            source: handler.source(),
            concurrent: options.concurrent,
            asynchronous: options.asynchronous,
            when: options.when,
            rank,
        }
    }

    /// The name that reports use: the given name, or else the path of the function.
    ///
    /// ```
    /// use exitmacro::{Handler, PlannedHandler};
    ///
    /// Handler::new("save").register(|| ())?;
    /// let plan = exitmacro::plan();
    /// assert!(plan.handlers().iter().map(PlannedHandler::name).any(|name| name == "save"));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it was declared or registered.
    ///
    /// ```
    /// use exitmacro::{Handler, PlannedHandler};
    ///
    /// Handler::new("save").register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let mut locations = plan.handlers().iter().map(PlannedHandler::location);
    /// assert!(locations.any(|location| location.file() == file!()));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn location(&self) -> Location {
        self.location
    }

    /// Its priority; higher runs first.
    ///
    /// ```
    /// use exitmacro::{Handler, PlannedHandler};
    ///
    /// Handler::new("save").priority(5).register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let save = plan.handlers().iter().find(|handler| handler.name() == "save");
    /// assert_eq!(save.map(PlannedHandler::priority), Some(5));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Its timeout: its own, that of the program for all handlers, or the default of 10 seconds.
    ///
    /// ```
    /// use exitmacro::{Handler, PlannedHandler};
    /// use std::time::Duration;
    ///
    /// Handler::new("save").timeout(Duration::from_secs(2)).register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let save = plan.handlers().iter().find(|handler| handler.name() == "save");
    /// assert_eq!(save.map(PlannedHandler::timeout), Some(Duration::from_secs(2)));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether the handler, its type or the program configures its timeout. Otherwise it is the
    /// default of 10 seconds.
    ///
    /// ```
    /// use exitmacro::{Handler, PlannedHandler};
    ///
    /// Handler::new("save").register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let save = plan.handlers().iter().find(|handler| handler.name() == "save");
    /// assert_eq!(save.map(PlannedHandler::is_timeout_stated), Some(false));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn is_timeout_stated(&self) -> bool {
        self.is_timeout_stated
    }

    pub(super) fn stated_timeout(&self) -> Duration {
        if self.is_timeout_stated { self.timeout } else { Duration::ZERO }
    }

    /// How long it may hold up others: its timeout, and of an `async fn` the drop of its future.
    pub(super) fn longest(&self) -> Duration {
        let drop = if self.asynchronous { ASYNC_DROP_TIMEOUT } else { Duration::ZERO };
        self.timeout.saturating_add(drop)
    }

    /// Whether it was declared or registered, or is a tracked value.
    ///
    /// ```
    /// use exitmacro::{Handler, PlannedHandler, Source};
    ///
    /// Handler::new("save").register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let save = plan.handlers().iter().find(|handler| handler.name() == "save");
    /// assert_eq!(save.map(PlannedHandler::source), Some(Source::Registered));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// Whether it may run at the same time as other concurrent handlers of its priority. Otherwise
    /// it runs alone.
    ///
    /// ```
    /// use exitmacro::{Handler, PlannedHandler};
    ///
    /// Handler::new("save").concurrent().register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let save = plan.handlers().iter().find(|handler| handler.name() == "save");
    /// assert_eq!(save.map(PlannedHandler::is_concurrent), Some(true));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn is_concurrent(&self) -> bool {
        self.concurrent
    }

    /// The last column of the table.
    pub(super) fn remarks(&self) -> String {
        let concurrent = if self.concurrent { ", concurrent" } else { "" };
        let when = match self.when {
            When::Always => "",
            When::Success => ", at success",
            When::Failure => ", at failure",
            When::Signal => ", at a signal",
        };
        format!("{}{concurrent}{when}", self.source)
    }

    pub(crate) fn rank(&self) -> Rank {
        self.rank
    }

    /// At which exits it runs. The plan lists it in any case.
    ///
    /// ```
    /// use exitmacro::{Handler, PlannedHandler, When};
    ///
    /// Handler::new("save").when(When::Success).register(|| ())?;
    /// let plan = exitmacro::plan();
    /// let save = plan.handlers().iter().find(|handler| handler.name() == "save");
    /// assert_eq!(save.map(PlannedHandler::when), Some(When::Success));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn when(&self) -> When {
        self.when
    }
}
