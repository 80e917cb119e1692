//! Keeps the state of the run whole across `fork`, and out of the child.

use super::state;
use super::state::Run;
use super::{LIVE, MutexGuard};
use crate::sys;
use core::cell::Cell;
use core::mem::ManuallyDrop;

thread_local! {
    /// The lock of the state while its thread forks. Without a destructor, so that it also works on a thread that is ending.
    static HELD: Cell<Option<ManuallyDrop<MutexGuard<'static, Run>>>> = const { Cell::new(None) };
}

pub(super) fn watch() {
    // When libc is out of memory children go without; that they are not their parent is then still seen by the process id.
    sys::at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
}

extern "C" fn before_fork() {
    HELD.set(Some(ManuallyDrop::new(state())));
}

extern "C" fn after_fork_in_parent() {
    HELD.take().map(ManuallyDrop::into_inner);
}

extern "C" fn after_fork_in_child() {
    if let Some(mut run) = HELD.take().map(ManuallyDrop::into_inner) {
        run.disown();
        LIVE.set_code(None);
    }
}
