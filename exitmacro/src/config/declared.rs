//! The configuration that the program declares: a constant of `#[exitmacro::main]`, which takes
//! effect when that `main` begins, or of `config!`, which the linker collects as it does handlers.

#[cfg(events)]
use crate::config::Sink;
use crate::config::TerminationMessage;
use crate::handler::Location;
use crate::handler::declared::compare;
use crate::handler::signal::Signal;
use crate::sys::{self, List};
use core::time::Duration;

/// The constants of `config!` in this object: at most one, or the program does not start.
///
/// A list and not a slice of linkme: of this, each program would have five addresses for the loader
/// to write, also if it has no `config!`.
pub(crate) static BY_CONFIG: List<Settings> = List::new();

/// The signals of `signals` without a list.
#[cfg(unix)]
pub const DEFAULT_SIGNALS: &[Signal] = &[Signal::INT, Signal::TERM, Signal::HUP];
/// The signals of `signals` without a list.
#[cfg(not(unix))]
pub const DEFAULT_SIGNALS: &[Signal] = &[Signal::INT, Signal::TERM];

/// How the process ends when a signal asked it to, after the handlers have run.
///
/// The guide: [exit status](crate::guide::exit_status).
///
/// ```
/// use exitmacro::OnSignal;
///
/// assert_eq!(OnSignal::default(), OnSignal::ExitCode);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnSignal {
    /// With status 128 plus the number of the signal, as shells do: 143 for SIGTERM.
    #[default]
    ExitCode,
    /// By the signal itself, as if it had not been handled. Where that has no effect, as for the
    /// first process of a container, with status 128 plus its number.
    Reraise,
    /// With status 0.
    ExitZero,
}

/// All that `#[exitmacro::main]` and `config!` can configure. The macros build it in a constant.
#[derive(Debug)]
pub struct Settings {
    pub(crate) location: Location,
    /// The function that handles the signals. A pointer, so that programs that handle none do not
    /// contain it.
    pub(crate) start_signals: Option<fn(&Settings)>,
    #[cfg(feature = "signals")]
    pub(crate) signals: &'static [Signal],
    #[cfg(feature = "signals")]
    pub(crate) on_signal: OnSignal,
    #[cfg(feature = "signals")]
    pub(crate) grace: Option<Duration>,
    pub(crate) budget: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) threads: Option<usize>,
    pub(crate) on_failure: Option<i32>,
    pub(crate) panic_abort: bool,
    pub(crate) status: bool,
    pub(crate) termination_message: Option<TerminationMessage>,
    #[cfg(events)]
    pub(crate) sink: Option<Sink>,
    /// What puts `config!` into effect. A pointer, so that other programs do not contain it.
    at_load: fn(),
}

impl Settings {
    /// Settings without values. `at_load` applies them, if `config!` made them.
    pub(crate) const fn applied_by(at_load: fn(), location: Location) -> Self {
        Self {
            location,
            start_signals: None,
            #[cfg(feature = "signals")]
            signals: &[],
            #[cfg(feature = "signals")]
            on_signal: OnSignal::ExitCode,
            #[cfg(feature = "signals")]
            grace: None,
            budget: None,
            timeout: None,
            threads: None,
            on_failure: None,
            panic_abort: false,
            status: true,
            termination_message: None,
            #[cfg(events)]
            sink: None,
            at_load,
        }
    }

    #[cold]
    fn is_before(&self, other: &Self) -> bool {
        let (one, other) = (self.location, other.location);
        compare(one.file(), other.file()).then(one.line().cmp(&other.line())).is_lt()
    }

    /// Applies all that `config!` declares in this object. To be called at load.
    pub(crate) fn apply_at_load(&self) {
        (self.at_load)();
    }

    /// `on_signal = …`
    #[cfg(feature = "signals")]
    #[must_use]
    pub const fn on_signal(mut self, on_signal: OnSignal) -> Self {
        self.on_signal = on_signal;
        self
    }

    /// `grace = …`
    #[cfg(feature = "signals")]
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = Some(grace);
        self
    }

    /// `budget = …`
    #[must_use]
    pub const fn budget(mut self, budget: Duration) -> Self {
        self.budget = Some(budget);
        self
    }

    /// `timeout = …`
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// `threads = …`
    #[must_use]
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// `on_failure = code(…)`
    #[must_use]
    pub const fn on_failure(mut self, code: i32) -> Self {
        self.on_failure = Some(code);
        self
    }

    /// `status = off`
    #[must_use]
    pub const fn without_status(mut self) -> Self {
        self.status = false;
        self
    }

    /// `panic_abort = run`
    #[must_use]
    pub const fn panic_abort(mut self) -> Self {
        self.panic_abort = true;
        self
    }
}

/// The settings of the `main` that has begun.
static BY_MAIN: sys::SetOnce<&Settings> = sys::SetOnce::new();

/// The settings of the program, if it has any.
pub(crate) fn in_effect() -> Option<&'static Settings> {
    BY_MAIN.get().copied().or_else(by_config)
}

/// The settings of `config!`, if it is used.
pub(crate) fn by_config() -> Option<&'static Settings> {
    // A program has at most one element. A shared object may have more, which a line has reported;
    // the first one in the source counts.
    let mut first: Option<&Settings> = None;
    for settings in BY_CONFIG.elements() {
        if first.is_none_or(|first| settings.is_before(first)) {
            first = Some(settings);
        }
    }
    first
}

/// Makes these settings of a `main` those of the program; `false` when another `main` has set its
/// own.
pub(crate) fn set_by_main(settings: &'static Settings) -> bool {
    BY_MAIN.set(settings) == sys::Attempt::Set
}

/// Whether the settings of the program are these, of a `main`.
#[cfg(feature = "async")]
pub(crate) fn is_by_main(settings: &Settings) -> bool {
    BY_MAIN.get().is_some_and(|by_main| core::ptr::eq(*by_main, settings))
}
