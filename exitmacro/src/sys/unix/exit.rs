//! libc's `exit`, and the end without it.
//!
//! A child can be forked while another thread of its parent is inside libc's `exit`, for example by
//! a handler. Some libcs let one thread into `exit`. In such a child that thread does not exist,
//! and every other thread would wait for it for ever.

use crate::sys::ThreadKey;
use crate::sys::unix::at_exit::LETS_ONE_THREAD_EXIT;
use crate::sys::unix::{exit_now, thread_key, write_profile};
use core::sync::atomic::{AtomicUsize, Ordering};

/// The thread of the parent that was inside libc's `exit` when the process was forked; 0 if there
/// was none. If the child continues with that thread, libc lets it in again.
static HOLDER: AtomicUsize = AtomicUsize::new(0);

/// The thread whose `exit` has called the hook of the program; 0 if there was none.
static INSIDE: AtomicUsize = AtomicUsize::new(0);

/// To be called in the hook of the program, before it waits for a lock: the thread that has the
/// lock may be forking.
pub(crate) fn note_inside_exit() {
    if LETS_ONE_THREAD_EXIT {
        _ = INSIDE.compare_exchange(0, thread_key(), Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// The thread that has noted itself.
pub(crate) fn thread_inside_exit() -> Option<ThreadKey> {
    Some(INSIDE.load(Ordering::Relaxed)).filter(|thread| *thread != 0)
}

/// To be called in a forked child, if that thread was inside libc's `exit` at the fork. The child
/// of such a child keeps the first note, as libc keeps its lock.
pub(crate) fn note_exit_held(by: ThreadKey) {
    if LETS_ONE_THREAD_EXIT {
        _ = HOLDER.compare_exchange(0, by, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Whether libc's `exit` would never return to libc's list, nor end the process, when the calling
/// thread calls it.
pub(crate) fn is_exit_held() -> bool {
    let holder = HOLDER.load(Ordering::Relaxed);
    holder != 0 && holder != thread_key()
}

pub(crate) fn exit(code: i32) -> ! {
    if is_exit_held() {
        end_without_exit(code);
    }
    // Not `std::process::exit`: it parks its caller for ever when another thread called it first,
    // and that thread may be one of this crate.
    // SAFETY: `exit` may be called in any state; the run state decides which thread gets here.
    unsafe { libc::exit(code) }
}

/// For libcs that do not let a thread inside `exit` call it again: POSIX leaves that undefined, and
/// recent musl traps. The C streams are flushed here, and the process ends.
#[cfg(not(any(libc_passes_status, all(own_exit, target_feature = "crt-static"))))]
pub(super) fn end_inside_exit(code: i32) -> ! {
    // SAFETY: a null stream means all of them.
    unsafe { libc::fflush(core::ptr::null_mut()) };
    end_without_exit(code)
}

/// Does not flush the C streams: in a child they also contain what its parent has not written yet.
pub(super) fn end_without_exit(code: i32) -> ! {
    write_profile();
    exit_now(code)
}
