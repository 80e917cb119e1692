//! State that must be whole in a forked child, whatever other threads do to it at the moment of the fork, and forgotten there.

use super::owner;
use crate::sys;
use core::cell::Cell;
use core::mem::ManuallyDrop;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::LocalKey;

/// The lock of a thread that is forking. Without a destructor, so that it also works on a thread that is ending.
pub(crate) type HeldLock<T> = Cell<Option<ManuallyDrop<MutexGuard<'static, T>>>>;

/// State under a lock that must be whole in a forked child, and forgotten there.
pub(crate) trait Inherited: Sized + 'static {
    fn lock() -> MutexGuard<'static, Self>;

    /// Where the lock is kept while its thread forks.
    fn held() -> &'static LocalKey<HeldLock<Self>>;

    /// Forgets in the child what belongs to the parent.
    fn disown(&mut self);

    /// What else is to be done before the fork, under the lock.
    fn prepare(&mut self) {}

    /// What is to be done after the fork in the parent, under the lock, also when there is no child.
    fn resume(&mut self) {}
}

extern "C" fn before_fork<T: Inherited>() {
    // A child may not look it up: another thread may hold the lock of the loader. Before any lock of ours is taken, for that thread may be in code of the user's.
    sys::is_in_main_program(before_fork::<T> as *const ());
    // Watched twice, as a process may that was forked while its parent began to watch, it is held already.
    let held = T::held().take().unwrap_or_else(|| {
        let mut state = T::lock();
        state.prepare();
        ManuallyDrop::new(state)
    });
    T::held().set(Some(held));
}

extern "C" fn after_fork_in_parent<T: Inherited>() {
    if let Some(mut state) = T::held().take().map(ManuallyDrop::into_inner) {
        state.resume();
    }
}

extern "C" fn after_fork_in_child<T: Inherited>() {
    if let Some(mut state) = T::held().take().map(ManuallyDrop::into_inner) {
        state.disown();
    }
}

/// Whether forks are watched: [`NOT_YET`], [`WATCHING`], or the number of the process that is about to.
pub(crate) struct ForkWatch(AtomicU64);

const NOT_YET: u64 = u64::MAX;
const WATCHING: u64 = u64::MAX - 1;

impl ForkWatch {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(NOT_YET))
    }

    /// From now on the state is whole in every forked child, whatever other threads do to it at that moment, and forgotten.
    ///
    /// Not a `std::sync::Once`: a child that was forked while another thread was in here would wait for that thread for ever.
    pub(crate) fn start<T: Inherited>(&self) {
        // A child that was forked at that moment, into a pid namespace in which it has the id of its parent, takes itself for the one that is about to.
        const PATIENCE: u32 = 100;
        let mut waited = 0;
        while self.0.load(Ordering::Acquire) != WATCHING {
            let me = owner::me();
            match self.0.load(Ordering::Acquire) {
                WATCHING => return,
                somebody if somebody == me && waited < PATIENCE => {
                    waited += 1;
                    sys::wait_a_moment();
                }
                nobody_here => {
                    if self.0.compare_exchange(nobody_here, me, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                        // When libc is out of memory children go without; that they are not their parent is then still seen by the process id.
                        sys::at_fork(before_fork::<T>, after_fork_in_parent::<T>, after_fork_in_child::<T>);
                        self.0.store(WATCHING, Ordering::Release);
                    }
                }
            }
        }
    }
}
