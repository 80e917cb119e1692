//! Which process owns the handlers: the one that loaded the declared ones, and the one that registered the others. A forked child owns neither.

use super::registered;
use crate::sys;
use core::cell::Cell;
use core::mem::ManuallyDrop;
use std::sync::MutexGuard;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The process that declared the handlers; 0 when no hook was installed at load.
static LOADED_BY: AtomicU32 = AtomicU32::new(0);

/// Remembers the calling process as the owner of the declared handlers.
pub(crate) fn loaded() {
    LOADED_BY.store(sys::process_id(), Relaxed);
}

/// Whether the calling process may run the declared handlers.
pub(crate) fn owns_declared() -> bool {
    let owner = LOADED_BY.load(Relaxed);
    owner == 0 || owner == sys::process_id()
}

/// Whether the calling process may run what is in the table. Only a child of a bare `clone` ever gets `false` here: in others [`watch_forks`] emptied the table.
pub(crate) fn owns_registered(table: &registered::Table) -> bool {
    table.owner() == 0 || table.owner() == sys::process_id()
}

thread_local! {
    /// The lock of the table while its thread forks. Without a destructor, so that it also works on a thread that is ending.
    static HELD: Cell<Option<ManuallyDrop<MutexGuard<'static, registered::Table>>>> = const { Cell::new(None) };
}

/// From now on the table is whole in every forked child, whatever other threads do to it at that moment, and empty.
pub(crate) fn watch_forks() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // When libc is out of memory children go without; that they are not their parent is then still seen by the process id.
        sys::at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
    });
}

extern "C" fn before_fork() {
    HELD.set(Some(ManuallyDrop::new(registered::table())));
}

extern "C" fn after_fork_in_parent() {
    HELD.take().map(ManuallyDrop::into_inner);
}

extern "C" fn after_fork_in_child() {
    if let Some(mut table) = HELD.take().map(ManuallyDrop::into_inner) {
        table.disown();
    }
}
