//! What the program says about its end, as a whole: a constant of `#[exitmacro::main]`, which
//! counts when that `main` begins, or of `config!`, found by the linker as handlers are.

use crate::config::TerminationMessage;
use crate::handler::Location;
use crate::handler::declared::compare;
use crate::handler::signal::Signal;
use crate::sys;
use core::time::Duration;

/// What `config!` says in this object: one element or none, or else the program does not start.
///
/// The name carries the version up to the part that is incompatible, as that of the handlers does.
#[linkme::distributed_slice]
pub static EXITMACRO_SETTINGS_0_1: [Settings];

pub use EXITMACRO_SETTINGS_0_1 as SETTINGS;

/// The signals of `signals` without a list.
#[cfg(unix)]
pub const DEFAULT_SIGNALS: &[Signal] = &[Signal::INT, Signal::TERM, Signal::HUP];
/// The signals of `signals` without a list.
#[cfg(not(unix))]
pub const DEFAULT_SIGNALS: &[Signal] = &[Signal::INT, Signal::TERM];

/// How the process ends when a signal asked it to, after the handlers have run.
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

/// All that `#[exitmacro::main]` and `config!` can say. Built by the macros in a constant.
#[derive(Debug)]
pub struct Settings {
    pub(crate) location: Location,
    /// What handles the signals. A pointer, so that programs that ask for none do not contain it.
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
    /// What puts `config!` into effect. A pointer, so that other programs do not contain it.
    at_load: fn(),
}

impl Settings {
    /// States nothing yet. `at_load` puts it into effect, where `config!` makes it.
    pub(crate) const fn put_into_effect_by(at_load: fn(), location: Location) -> Self {
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
            at_load,
        }
    }

    /// At load, for all that `config!` says in this object.
    pub(crate) fn come_into_effect(&self) {
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

/// What the program says, if anything.
pub(crate) fn in_effect() -> Option<&'static Settings> {
    BY_MAIN.get().copied().or_else(by_config)
}

/// What `config!` says, if anything.
pub(crate) fn by_config() -> Option<&'static Settings> {
    // A program has at most one element; a shared object with more has been told so, and takes the
    // one that stands first in the source.
    SETTINGS.iter().min_by(|one, other| {
        let (one, other) = (one.location, other.location);
        compare(one.file(), other.file()).then(one.line().cmp(&other.line()))
    })
}

/// Has these settings of a `main` count from now on; `false` when those of another one do.
pub(crate) fn count_for_main(settings: &'static Settings) -> bool {
    BY_MAIN.set(settings) == sys::Attempt::Set
}

/// Whether the `main` with these settings is the one that counts.
#[cfg(feature = "async")]
pub(crate) fn is_by_main(settings: &Settings) -> bool {
    BY_MAIN.get().is_some_and(|by_main| core::ptr::eq(*by_main, settings))
}
