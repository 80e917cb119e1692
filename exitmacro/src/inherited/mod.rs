//! All that must be whole in a forked child, watched as one.
//!
//! Not each at its own first use: libc calls for a fork only what it had when that fork began.
//! While the fork waits in one of these handlers, or in one of another library, another thread
//! could have the next state watched, take its lock, and leave it held in the child for ever.

pub(crate) mod request;
#[cfg(feature = "signals")]
pub(crate) mod signal_owner;
pub(crate) mod under_way;

use crate::fork::watch::{ForkWatch, disown, hold, resume};
use crate::inherited::request::Request;
#[cfg(feature = "signals")]
use crate::inherited::signal_owner::Installing;
use crate::inherited::under_way::UnderWay;
use crate::registry::Table;
use crate::run::Run;
use crate::sys;

/// Watches forks from now on. To be called before any of these locks is taken for the first time.
pub(crate) fn watch() {
    static WATCH: ForkWatch = ForkWatch::new();
    WATCH.start(before_fork, after_fork_in_parent, after_fork_in_child);
}

/// In the order in which the locks are taken elsewhere.
extern "C" fn before_fork() {
    // A child may not look it up: another thread may hold the lock of the loader. Before any lock
    // of ours is taken, for that thread may be in code of the user's.
    sys::is_in_main_program(before_fork as *const ());
    #[cfg(feature = "signals")]
    hold::<Installing>();
    hold::<UnderWay>();
    hold::<Request>();
    hold::<Run>();
    hold::<Table>();
}

/// In the opposite order.
extern "C" fn after_fork_in_parent() {
    resume::<Table>();
    resume::<Run>();
    resume::<Request>();
    resume::<UnderWay>();
    #[cfg(feature = "signals")]
    resume::<Installing>();
}

/// The table first: with it the child learns which process it is.
extern "C" fn after_fork_in_child() {
    disown::<Table>();
    disown::<Run>();
    disown::<Request>();
    disown::<UnderWay>();
    #[cfg(feature = "signals")]
    disown::<Installing>();
}
