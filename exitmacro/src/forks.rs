//! All that must be whole in a forked child, watched as one.
//!
//! Not each at its own first use: libc calls for a fork only what it had when that fork began.
//! While the fork waits in one of these handlers, or in one of another library, another thread
//! could have the next state watched, take its lock, and leave it held in the child for ever.

use crate::engine;
use crate::handler::fork_watch::{ForkWatch, disown, hold, resume};
use crate::handler::registered::Table;
use crate::process::shutdown::Request;
#[cfg(feature = "signals")]
use crate::process::signals::Installing;
use crate::resource::cell::UnderWay;
use crate::run::Run;
use crate::sys;

/// Watches forks from now on, and has the hook find the engine. To be called before any of these
/// locks is taken for the first time.
pub(crate) fn watch() {
    watch_only();
    engine::start();
}

/// The same without the engine, which may be the caller.
pub(crate) fn watch_only() {
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
