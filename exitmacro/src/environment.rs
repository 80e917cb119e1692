//! Reads environment variables, also in a forked child.
//!
//! A forked child cannot ask std: another thread of the parent may have been changing a variable at
//! the moment of the fork, so that the lock stays held. Nor can the parent ask before the fork: the
//! thread that forks may hold that lock itself, as `Command` does. So a child reads the variables
//! that the program was started with.

use crate::fork::identity;
use crate::sys;
use std::env;
use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};

static IS_FORKED: AtomicBool = AtomicBool::new(false);

/// To be called in each forked child.
pub(crate) fn inherit() {
    IS_FORKED.store(true, Ordering::Relaxed);
}

/// Whether the calling process is a forked child, in which threads that it does not have may hold
/// the locks of std.
pub(crate) fn is_forked() -> bool {
    // A child of a program that did not watch forks yet, or of a bare `clone`, is recognised by its
    // process id.
    Environment::of_this_process().is_forked
}

/// The environment of the calling process. Which process that is, is determined once for all
/// variables.
pub(crate) struct Environment {
    is_forked: bool,
}

impl Environment {
    pub(crate) fn of_this_process() -> Self {
        Self::of(identity::me())
    }

    /// The environment of the calling process, which has this number.
    pub(crate) fn of(this_process: u64) -> Self {
        Self { is_forked: IS_FORKED.load(Ordering::Relaxed) || identity::is_forked(this_process) }
    }

    /// As [`is_forked`].
    pub(crate) fn is_forked(&self) -> bool {
        self.is_forked
    }

    /// The value of a variable.
    pub(crate) fn var_os(&self, name: &str) -> Option<OsString> {
        if self.is_forked { sys::initial_variable(name) } else { env::var_os(name) }
    }
}
