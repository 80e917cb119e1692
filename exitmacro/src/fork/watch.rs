//! State that must be whole in a forked child, whatever other threads do to it at the moment of the
//! fork, and that the child forgets.

use crate::fork::identity;
use crate::handler::clock::Moment;
use crate::sys::{self, Locked};
use crate::times::FORK_WATCH_TIMEOUT;
use core::cell::Cell;
use core::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::LocalKey;

/// The lock that a forking thread holds. Without a destructor, so that it also works on a thread
/// that is ending.
pub(crate) type HeldLock<T> = Cell<Option<ManuallyDrop<Locked<T>>>>;

/// State under a lock that must be whole in a forked child, and that the child forgets.
pub(crate) trait Inherited: Sized + 'static {
    fn lock() -> Locked<Self>;

    /// Where the forking thread keeps the lock.
    fn held() -> &'static LocalKey<HeldLock<Self>>;

    /// In the child, forgets what belongs to the parent.
    fn disown(&mut self);

    /// More work before the fork, under the lock.
    fn prepare(&mut self) {}

    /// More work after the fork in the parent, under the lock, also when there is no child.
    fn resume(&mut self) {}
}

/// Takes the lock for the duration of a fork.
pub(crate) fn hold<T: Inherited>() {
    // A process that was forked while its parent started to watch may watch twice; then it is held
    // already.
    let held = T::held().take().unwrap_or_else(|| {
        let mut state = T::lock();
        state.prepare();
        ManuallyDrop::new(state)
    });
    T::held().set(Some(held));
}

/// Releases the lock in the parent.
pub(crate) fn resume<T: Inherited>() {
    if let Some(mut state) = T::held().take().map(ManuallyDrop::into_inner) {
        state.resume();
    }
}

/// Releases the lock in the child, which forgets what belongs to its parent.
pub(crate) fn disown<T: Inherited>() {
    if let Some(mut state) = T::held().take().map(ManuallyDrop::into_inner) {
        state.disown();
    }
}

/// Whether forks are watched: [`NOT_YET`], [`WATCHING`], or the number of the process that is about
/// to start.
pub(crate) struct ForkWatch(AtomicU64);

const NOT_YET: u64 = u64::MAX;
const WATCHING: u64 = u64::MAX - 1;

impl ForkWatch {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(NOT_YET))
    }

    /// Makes libc call these three around each fork from now on.
    #[inline]
    pub(crate) fn start(
        &self,
        prepare: extern "C" fn(),
        parent: extern "C" fn(),
        child: extern "C" fn(),
    ) {
        if self.0.load(Ordering::Acquire) != WATCHING {
            self.begin(prepare, parent, child);
        }
    }

    /// Not a `std::sync::Once`: a child that was forked while another thread was in here would wait
    /// for that thread for ever.
    #[cold]
    fn begin(&self, prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) {
        // A child that was forked at that moment, into a pid namespace in which it has the id of
        // its parent, takes itself for the one that is about to.
        let end = Moment::now().plus(FORK_WATCH_TIMEOUT);
        while self.0.load(Ordering::Acquire) != WATCHING {
            let me = identity::me();
            match self.0.load(Ordering::Acquire) {
                WATCHING => return,
                process if process == me && Moment::now() < end => sys::wait_a_moment(),
                gone => {
                    if self
                        .0
                        .compare_exchange(gone, me, Ordering::Acquire, Ordering::Relaxed)
                        .is_ok()
                    {
                        // When libc is out of memory, children go without; the process id still
                        // distinguishes them from their parent.
                        sys::at_fork(prepare, parent, child);
                        self.0.store(WATCHING, Ordering::Release);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::clock::Moment;
    use core::time::Duration;

    extern "C" fn nothing() {}

    #[test]
    fn a_thread_that_is_about_to_watch_is_waited_for_and_not_for_ever() {
        let watch = ForkWatch(AtomicU64::new(identity::me()));
        let since = Moment::now();
        watch.start(nothing, nothing, nothing);
        assert_eq!(watch.0.load(Ordering::Relaxed), WATCHING);
        assert!(
            Moment::now().since(since) >= Duration::from_millis(50),
            "the other thread had no time to finish"
        );
    }
}
