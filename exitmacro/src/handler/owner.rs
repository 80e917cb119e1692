//! Which process owns the declared handlers: the one that loaded the program. A forked child does not; whose the registered ones are, their table knows.

use crate::sys;
use std::sync::atomic::{AtomicU32, Ordering};

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
