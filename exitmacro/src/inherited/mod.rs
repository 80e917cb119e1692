//! All states that must be valid in a forked child, under one fork handler.
//!
//! Not each state from its own first use: libc calls for a fork only the handlers that it had when
//! that fork began. While a fork waits in one of these handlers, or in one of another library,
//! another thread could register the next handler and take its lock, which would stay held in the
//! child for ever.

#[cfg(feature = "async")]
pub(crate) mod awaited_cells;
pub(crate) mod request;
#[cfg(feature = "signals")]
pub(crate) mod signal_owner;
pub(crate) mod tasks;
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

/// Takes the locks in the order in which they are taken elsewhere.
extern "C" fn before_fork() {
    // The child could not look this up, because another thread may hold the lock of the loader. It
    // is looked up before any lock of ours is taken, because that thread may be running code of the
    // user.
    sys::is_in_main_program(before_fork as *const ());
    #[cfg(target_env = "musl")]
    let_std_make_its_key();
    #[cfg(feature = "signals")]
    hold::<Installing>();
    hold::<UnderWay>();
    hold::<Request>();
    hold::<Run>();
    hold::<Table>();
}

/// Has std make the key of libc by which it destroys thread-locals, if no thread had any so far.
/// While a thread makes a key, it has a lock, which musl 1.2.3 leaves locked in a child. The runner
/// of the child would have the first thread-locals there, make the key, and wait for ever.
#[cfg(target_env = "musl")]
fn let_std_make_its_key() {
    struct Destroyed;

    impl Drop for Destroyed {
        fn drop(&mut self) {}
    }

    std::thread_local! {
        static DESTROYED: Destroyed = const { Destroyed };
    }
    _ = DESTROYED.try_with(|_| ());
}

/// Releases the locks in the opposite order.
extern "C" fn after_fork_in_parent() {
    resume::<Table>();
    resume::<Run>();
    resume::<Request>();
    resume::<UnderWay>();
    #[cfg(feature = "signals")]
    resume::<Installing>();
}

/// The table comes first: with it the child learns which process it is.
extern "C" fn after_fork_in_child() {
    disown::<Table>();
    disown::<Run>();
    disown::<Request>();
    disown::<UnderWay>();
    #[cfg(feature = "signals")]
    disown::<Installing>();
}
