//! Generations of processes: each fork begins one. Kept next to a thread, a generation shows a
//! forked child whether that thread exists there.

use crate::borrows;
use crate::sys::{self, ThreadKey};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// How many forks lie between the process that started the program and the calling one.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// For each of the latest generations, the only thread that it started with.
static SURVIVORS: [AtomicUsize; KNOWN] = [const { AtomicUsize::new(0) }; KNOWN];
const KNOWN: usize = 16;

/// Whether the thread that made this generation had guards of cells.
static SURVIVOR_BORROWED: AtomicBool = AtomicBool::new(false);

/// The generation of the calling process. Kept next to a thread, it shows a child whether that
/// thread exists there; see [`exists_since`].
#[inline]
pub(crate) fn current() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Whether a guard of a cell that was made in an earlier generation may be dropped in this one.
pub(crate) fn survivor_borrowed() -> bool {
    SURVIVOR_BORROWED.load(Ordering::Relaxed)
}

/// Starts a generation, in a forked child.
pub(crate) fn begin() {
    let generation = current().wrapping_add(1);
    SURVIVORS[generation as usize % KNOWN].store(sys::thread_key(), Ordering::Relaxed);
    SURVIVOR_BORROWED.store(borrows::borrowed().iter().any(|&cell| cell != 0), Ordering::Relaxed);
    GENERATION.store(generation, Ordering::Relaxed);
    borrows::survive();
    sys::forget_writer();
}

/// Whether the calling thread may have begun before this generation: it made the last fork, or
/// there was none.
pub(crate) fn includes_this_thread() -> bool {
    exists_since(current().saturating_sub(1), sys::thread_key())
}

/// Whether a thread of that generation exists in this one: it made all the forks in between.
pub(crate) fn exists_since(generation_then: u32, thread: ThreadKey) -> bool {
    let forks = current().wrapping_sub(generation_then);
    (forks as usize) <= KNOWN
        && (1..=forks).all(|fork| {
            SURVIVORS[generation_then.wrapping_add(fork) as usize % KNOWN].load(Ordering::Relaxed)
                == thread
        })
}
