//! Which process the calling one is, also in a forked child: a number that is never used again.

use crate::sys;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The number that distinguishes the calling process from its parent and its children.
///
/// Not the process id: ids are reused, and a child in a new pid namespace may have that of its
/// parent. The fork handlers give each process a number that no other process of the tree ever had.
static NUMBER: AtomicU64 = AtomicU64::new(FIRST);

/// The number of a process that was not forked since it was loaded.
pub(super) const FIRST: u64 = 1;

/// The process id that belongs to [`NUMBER`]; 0 before it is noted. A child that libc was not told
/// of, made by a bare system call, sees that it has another one.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Added to the process id of a child that libc was not told of, which has no number.
const UNSEEN: u64 = 1 << 63;

/// The pid namespace of the calling process: the number of the first process that was forked into
/// it, or 0 where the program was loaded.
static NAMESPACE: AtomicU64 = AtomicU64::new(0);

/// The number of the calling process. Async-signal-safe.
#[inline(never)]
pub(crate) fn me() -> u64 {
    let (noted, process) = (PROCESS.load(Ordering::Relaxed), sys::process_id());
    if noted == process || noted == 0 {
        NUMBER.load(Ordering::Relaxed)
    } else {
        UNSEEN | u64::from(process)
    }
}

/// The number of the calling process, as far as libc reports forks: without a system call.
pub(crate) fn noted() -> u64 {
    NUMBER.load(Ordering::Relaxed)
}

/// Notes the id of the calling process, for children that libc is not told of. At load, or at the
/// first registration if no hook was installed then.
pub(crate) fn note_process() {
    if PROCESS.load(Ordering::Relaxed) == 0 {
        PROCESS.store(sys::process_id(), Ordering::Relaxed);
    }
}

/// Whether the entry at load was called, or something was registered.
pub(crate) fn is_noted() -> bool {
    PROCESS.load(Ordering::Relaxed) != 0
}

/// Whether the calling process was forked since the program was loaded: threads that it does not
/// have may have left locks of libc and std held. Also true when it has adopted the handlers.
pub(crate) fn was_forked() -> bool {
    is_forked(me())
}

/// Whether the process of this number was forked.
pub(crate) fn is_forked(process: u64) -> bool {
    process != FIRST
}

/// The pid namespace of the calling process.
pub(super) fn namespace() -> u64 {
    NAMESPACE.load(Ordering::Relaxed)
}

/// Gives its number to the calling process, which was just forked. Returns its process id.
pub(super) fn begin(number: u64) -> u32 {
    let process = sys::process_id();
    NUMBER.store(number, Ordering::Relaxed);
    PROCESS.store(process, Ordering::Relaxed);
    if sys::has_no_parent_here() {
        NAMESPACE.store(number, Ordering::Relaxed);
    }
    process
}
