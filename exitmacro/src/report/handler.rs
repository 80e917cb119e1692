//! The outcome of one handler, as a program reads it.

use crate::handler::Location;
use crate::report::limit::Limit;
use crate::report::outcome::Outcome;
use core::fmt;
use core::time::Duration;
use std::borrow::Cow;
use std::sync::Arc;

/// The thread that a handler ran on.
///
/// ```
/// use exitmacro::{Handler, HandlerReport, HandlerThread};
///
/// Handler::new("restore the cursor").on_caller().register(|| ())?;
/// let report = exitmacro::run();
/// let mut threads = report.handlers().iter().filter_map(HandlerReport::thread);
/// assert!(threads.any(|thread| thread == HandlerThread::Caller));
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandlerThread {
    /// A thread that the run started.
    Runner,
    /// The thread that started the run: the exiting one, or the one that called
    /// [`run`](crate::run).
    Caller,
}

impl fmt::Display for HandlerThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Runner => "runner",
            Self::Caller => "caller",
        })
    }
}

struct Exceeded<'a> {
    limit: Limit,
    awaited: Option<&'a str>,
}

impl fmt::Display for Exceeded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.limit.fmt(f)?;
        match self.awaited {
            Some(awaited) => write!(f, "; it was waiting for {awaited}"),
            None => Ok(()),
        }
    }
}

/// The outcome of one handler, with time and thread.
///
/// ```
/// use exitmacro::{Handler, Outcome};
///
/// Handler::new("save").priority(5).register(|| Err::<(), _>("disk full"))?;
/// for handler in exitmacro::run().handlers() {
///     if let Outcome::Failed(error) = handler.outcome() {
///         let (name, location) = (handler.name(), handler.location());
///         println!("{name} ({location}) failed after {:?}: {error}", handler.duration());
///         assert_eq!((name, handler.priority()), ("save", 5));
///     }
/// }
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HandlerReport {
    pub(crate) name: Cow<'static, str>,
    pub(crate) location: Location,
    pub(crate) priority: i32,
    pub(crate) outcome: Outcome,
    pub(crate) start: Duration,
    pub(crate) duration: Duration,
    pub(crate) thread: Option<HandlerThread>,
    pub(crate) runner: Option<u32>,
    pub(crate) limit: Option<Limit>,
    pub(crate) awaited: Option<Arc<str>>,
    /// How long it could run at most; `None` where it did not run.
    #[cfg(feature = "picture")]
    pub(crate) allowed: Option<Duration>,
}

impl HandlerReport {
    /// The given name, or else the path of the function.
    ///
    /// ```
    /// use exitmacro::{Handler, HandlerReport};
    ///
    /// Handler::new("save").register(|| ())?;
    /// let report = exitmacro::run();
    /// assert!(report.handlers().iter().map(HandlerReport::name).any(|name| name == "save"));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it was declared or registered.
    ///
    /// ```
    /// use exitmacro::HandlerReport;
    ///
    /// exitmacro::register(|| ())?;
    /// let report = exitmacro::run();
    /// let mut locations = report.handlers().iter().map(HandlerReport::location);
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
    /// use exitmacro::{Handler, HandlerReport};
    ///
    /// Handler::new("save").priority(5).register(|| ())?;
    /// let report = exitmacro::run();
    /// let save = report.handlers().iter().find(|handler| handler.name() == "save");
    /// assert_eq!(save.map(HandlerReport::priority), Some(5));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Its outcome.
    ///
    /// ```
    /// use exitmacro::{Handler, HandlerReport, Outcome};
    ///
    /// Handler::new("save").register(|| ())?;
    /// let report = exitmacro::run();
    /// let save = report.handlers().iter().find(|handler| handler.name() == "save");
    /// assert_eq!(save.map(HandlerReport::outcome), Some(&Outcome::Completed));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// When it started, or was skipped, since the beginning of the run. See
    /// [`duration`](Self::duration) for handlers whose times are measured together.
    ///
    /// ```
    /// use exitmacro::{Handler, HandlerReport};
    ///
    /// Handler::new("drain").priority(1).register(|| ())?;
    /// Handler::new("close").register(|| ())?;
    /// let report = exitmacro::run();
    /// let of = |name| report.handlers().iter().find(|handler| handler.name() == name);
    /// assert!(of("drain").map(HandlerReport::start) <= of("close").map(HandlerReport::start));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn start(&self) -> Duration {
        self.start
    }

    /// How long it ran; for an abandoned handler, until it was abandoned.
    ///
    /// When more than 64 handlers wait, and the process ends without a receiver of the report,
    /// short ones that take and return nothing are measured together. In a report that is asked
    /// for all the same, as by [`ExitContext::report`](crate::ExitContext::report), each of those
    /// has an equal part of the time, and one that took longer is right to a few milliseconds.
    ///
    /// ```
    /// use exitmacro::Handler;
    /// use std::time::Duration;
    ///
    /// Handler::new("save").register(|| std::thread::sleep(Duration::from_millis(2)))?;
    /// let report = exitmacro::run();
    /// let save = report.handlers().iter().find(|handler| handler.name() == "save");
    /// assert!(save.is_some_and(|save| save.duration() >= Duration::from_millis(2)));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The limit that it exceeded; `None` unless it [timed out](Outcome::TimedOut). A handler that
    /// never returns because it called `std::process::exit` may be reported before its timeout
    /// expires.
    ///
    /// ```
    /// use exitmacro::{Handler, HandlerReport, Limit};
    ///
    /// # use std::time::Duration;
    /// # fn upload(exit: &exitmacro::ExitContext) {
    /// #     while !exit.is_abandoned() {
    /// #         std::thread::sleep(Duration::from_millis(1));
    /// #     }
    /// # }
    /// let timeout = Duration::from_millis(5);
    /// Handler::new("upload").timeout(timeout).register(upload)?;
    /// let report = exitmacro::run();
    /// let upload = report.handlers().iter().find(|handler| handler.name() == "upload");
    /// assert_eq!(upload.and_then(HandlerReport::limit), Some(Limit::Timeout(timeout)));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        self.limit
    }

    /// What it was waiting for when it was abandoned, where this crate knows that: it waited in the
    /// [`cleanup`](crate::AtExitCleanup::cleanup) of a lock, a thread or a child process, or for
    /// the value of an [`AtExitCell`](crate::AtExitCell). "thread `worker` to end" is an example.
    ///
    /// ```
    /// use exitmacro::{AtExitCleanup, Handler, HandlerReport};
    /// use std::thread;
    ///
    /// # let timeout = std::time::Duration::from_millis(250);
    /// let worker = thread::Builder::new().name("worker".to_owned()).spawn(thread::park)?;
    /// Handler::new("join").timeout(timeout).register(move || worker.cleanup())?;
    /// let report = exitmacro::run();
    /// let join = report.handlers().iter().find(|handler| handler.name() == "join");
    /// assert_eq!(join.and_then(HandlerReport::awaited), Some("thread `worker` to end"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn awaited(&self) -> Option<&str> {
        self.awaited.as_deref()
    }

    /// Its outcome, with the limit that it exceeded, and what it was waiting for.
    pub(crate) fn result(&self) -> String {
        match self.exceeded() {
            Some(exceeded) => format!("{}: {exceeded}", self.outcome),
            None => self.outcome.to_string(),
        }
    }

    /// The limit that it exceeded, and what it was waiting for.
    pub(crate) fn exceeded(&self) -> Option<impl fmt::Display + use<'_>> {
        self.limit.map(|limit| Exceeded { limit, awaited: self.awaited() })
    }

    /// The thread it ran on; `None` when it was skipped.
    ///
    /// ```
    /// use exitmacro::{Handler, HandlerReport, HandlerThread};
    ///
    /// Handler::new("save").register(|| ())?;
    /// let report = exitmacro::run();
    /// let save = report.handlers().iter().find(|handler| handler.name() == "save");
    /// assert_eq!(save.and_then(HandlerReport::thread), Some(HandlerThread::Runner));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn thread(&self) -> Option<HandlerThread> {
        self.thread
    }

    /// Which of the runner threads it ran on, counted from 1 in the order in which they started;
    /// `None` when it ran on the [caller](HandlerThread::Caller) or was skipped.
    ///
    /// ```standalone_crate
    /// exitmacro::register(|| ())?;
    /// assert_eq!(exitmacro::run().handlers()[0].runner(), Some(1));
    /// # Ok::<(), exitmacro::RegisterError>(())
    /// ```
    #[must_use]
    pub fn runner(&self) -> Option<u32> {
        self.runner
    }
}
