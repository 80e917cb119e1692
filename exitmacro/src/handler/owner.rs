//! Which process owns the handlers: the one that loaded the declared ones, and the one that registered the others. A forked child owns neither.

use super::registered::{self, Table};
use crate::sys;
use core::cell::Cell;
use core::mem::ManuallyDrop;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::{self, LocalKey};

/// The process that declared the handlers; 0 when no hook was installed at load.
static LOADED_BY: AtomicU32 = AtomicU32::new(0);

/// Remembers the calling process as the owner of the declared handlers.
pub(crate) fn loaded() {
    LOADED_BY.store(sys::process_id(), Ordering::Relaxed);
}

/// Whether the calling process may run the declared handlers.
pub(crate) fn owns_declared() -> bool {
    let owner = LOADED_BY.load(Ordering::Relaxed);
    owner == 0 || owner == sys::process_id()
}

/// Whether the calling process is known to be a child of the one that loaded the program.
pub(crate) fn is_forked_child() -> bool {
    !owns_declared()
}

/// Whether the calling process may run what is in the table. Only a child of a bare `clone` ever gets `false` here: in others [`watch_forks`] emptied the table.
pub(crate) fn owns_registered(table: &Table) -> bool {
    table.owner() == 0 || table.owner() == sys::process_id()
}

/// The lock of a thread that is forking. Without a destructor, so that it also works on a thread that is ending.
pub(crate) type HeldLock<T> = Cell<Option<ManuallyDrop<MutexGuard<'static, T>>>>;

/// State under a lock that must be whole in a forked child, and forgotten there.
pub(crate) trait Inherited: Sized + 'static {
    fn lock() -> MutexGuard<'static, Self>;

    /// Where the lock is kept while its thread forks.
    fn held() -> &'static LocalKey<HeldLock<Self>>;

    /// Forgets in the child what belongs to the parent.
    fn disown(&mut self);
}

extern "C" fn before_fork<T: Inherited>() {
    T::held().set(Some(ManuallyDrop::new(T::lock())));
}

extern "C" fn after_fork_in_parent<T: Inherited>() {
    T::held().take().map(ManuallyDrop::into_inner);
}

extern "C" fn after_fork_in_child<T: Inherited>() {
    if let Some(mut state) = T::held().take().map(ManuallyDrop::into_inner) {
        state.disown();
    }
}

/// Whether forks are watched: [`NOT_YET`], [`WATCHING`], or the id of the process that is about to.
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
        while self.0.load(Ordering::Acquire) != WATCHING {
            let me = u64::from(sys::process_id());
            match self.0.load(Ordering::Acquire) {
                WATCHING => return,
                somebody if somebody == me => thread::yield_now(),
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

thread_local! {
    static HELD: HeldLock<Table> = const { Cell::new(None) };
}

impl Inherited for Table {
    fn lock() -> MutexGuard<'static, Self> {
        registered::table()
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    fn disown(&mut self) {
        Table::disown(self);
    }
}

/// Watches forks for the table.
pub(crate) fn watch_forks() {
    static WATCH: ForkWatch = ForkWatch::new();
    WATCH.start::<Table>();
}
