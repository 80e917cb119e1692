//! The end of a process, noted by the kernel in memory that others share.
//!
//! Each thread has a list of robust futexes. When the thread ends, or its process executes another
//! program, the kernel marks those that carry the number of the thread. No other sign covers both:
//! a path is the same when a program starts itself again, and daemons also close descriptors that
//! `exec` closes. libc registers the list, so a new entry goes into the list of libc.

use core::ptr;
use core::sync::atomic::{Ordering, compiler_fence};
use std::sync::atomic::{AtomicU32, AtomicU64};

/// The head of the list, as the kernel knows it.
#[repr(C)]
struct Head {
    next: *mut usize,
    /// From an entry to its futex.
    offset: isize,
    pending: *mut usize,
}

/// The bit that the kernel sets in a futex whose thread has ended. The libc crate does not have it
/// on all systems.
const FUTEX_OWNER_DIED: u32 = 0x4000_0000;

/// Memory in which the end of a process is noted.
///
/// The first word is the place of the futex, in bytes, or 0. The entry of the list has two words,
/// the first of which is libc's: the previous entry in the list.
pub(crate) struct NotedEnd(&'static [AtomicU64; NotedEnd::WORDS]);

impl NotedEnd {
    pub(crate) const WORDS: usize = 11;
    const BYTES: usize = Self::WORDS * 8;
    /// In bytes. glibc and musl have the futex 32 and 28 bytes before that, kernels of 64 bits
    /// allow other distances.
    const ENTRY: usize = 72;

    pub(crate) fn at(words: &'static [AtomicU64; Self::WORDS]) -> Self {
        Self(words)
    }

    pub(crate) fn forget(&self) {
        self.0[0].store(0, Ordering::Release);
    }

    /// Makes the kernel note the end of the calling process here, or rather that of the calling
    /// thread. Where that is impossible, [`has_come`](Self::has_come) returns `None`.
    ///
    /// For a forked child, before other code can lock a robust mutex, and only when no living
    /// process has its end noted here.
    pub(crate) fn note_that_of_this_process(&self) {
        let Some(head) = list_of_this_thread() else { return };
        let base = self.0.as_ptr().cast_mut().cast::<u8>();
        // SAFETY: the head is that of the calling thread, in memory of libc or of this crate that
        // is valid as long as the thread, and no other thread touches it.
        let (first, offset) = unsafe { ((*head).next, (*head).offset) };
        // Any other entry would be libc's, which needs to know the previous one.
        let is_empty = first.cast::<Head>() == head;
        let futex = Self::ENTRY.wrapping_add_signed(offset);
        if !is_empty || !Self::has_room_for(futex) {
            return;
        }
        self.futex(futex).store(super::kernel_thread_id(), Ordering::Relaxed);
        // SAFETY: the entry and the word before it lie in the memory, which is never unmapped, and
        // are aligned. No other code uses them as long as this process lives. They form a list of
        // one entry, in the form that glibc and musl use, so that libc may add others and remove
        // them again.
        unsafe {
            let entry = base.add(Self::ENTRY).cast::<usize>();
            entry.sub(1).write(head as usize);
            entry.write(head as usize);
            // The kernel reads the list whenever it ends the thread.
            compiler_fence(Ordering::SeqCst);
            ptr::write_volatile(&raw mut (*head).next, entry);
        }
        self.0[0].store(futex as u64, Ordering::Release);
    }

    /// Whether the process has ended or become another program; `None` if that is not noted.
    pub(crate) fn has_come(&self) -> Option<bool> {
        let futex = self.0[0].load(Ordering::Acquire) as usize;
        Self::has_room_for(futex)
            .then(|| self.futex(futex).load(Ordering::Acquire) & FUTEX_OWNER_DIED != 0)
    }

    /// Whether a futex at that place is within the memory, and overlaps nothing.
    fn has_room_for(futex: usize) -> bool {
        let (before, after) =
            (8..Self::ENTRY - size_of::<usize>(), Self::ENTRY + size_of::<usize>()..Self::BYTES);
        futex.is_multiple_of(4) && [before, after].iter().any(|room| room.contains(&futex))
    }

    fn futex(&self, at: usize) -> &AtomicU32 {
        // SAFETY: the caller has checked `has_room_for`, so the word lies in the memory and is
        // aligned. It is only ever used as this atomic.
        unsafe { &*self.0.as_ptr().cast::<u8>().add(at).cast::<AtomicU32>() }
    }
}

/// The list of the calling thread, if the kernel has one or accepts one.
fn list_of_this_thread() -> Option<*mut Head> {
    let (mut head, mut length) = (ptr::null_mut::<Head>(), 0_usize);
    // SAFETY: reads the list of the calling thread; both places are writable.
    let answer =
        unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut length) };
    if answer != 0 {
        return None;
    }
    if !head.is_null() {
        return Some(head);
    }
    // musl and bionic register none before the first robust mutex. Then this one is lost, and the
    // end is not noted.
    struct Own(core::cell::UnsafeCell<Head>);
    // SAFETY: used by a child that was just forked, which has one thread, and by the kernel on
    // behalf of that thread.
    unsafe impl Sync for Own {}
    static OWN: Own = Own(core::cell::UnsafeCell::new(Head {
        next: ptr::null_mut(),
        offset: -32,
        pending: ptr::null_mut(),
    }));
    let own = OWN.0.get();
    // SAFETY: the head lives as long as the process, and forms an empty list. It may have held an
    // entry of the parent's, which does not belong to this process.
    let answer = unsafe {
        own.write(Head { next: own.cast(), offset: -32, pending: ptr::null_mut() });
        libc::syscall(libc::SYS_set_robust_list, own, size_of::<Head>())
    };
    (answer == 0).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> &'static [AtomicU64; NotedEnd::WORDS] {
        crate::sys::shared_memory(NotedEnd::WORDS)
            .and_then(|words| words.first_chunk())
            .expect("there is memory")
    }

    #[test]
    fn nothing_is_noted_before_it_is_asked_for() {
        assert_eq!(NotedEnd::at(memory()).has_come(), None);
    }

    /// In a separate thread, which stands for a process: its end is the same to the kernel.
    #[test]
    fn the_end_is_noted_once_it_has_come() {
        let end = NotedEnd::at(memory());
        std::thread::scope(|scope| {
            let ended = scope.spawn(|| {
                end.note_that_of_this_process();
                assert_ne!(end.has_come(), Some(true));
                end.has_come()
            });
            let was_noted = ended.join().expect("it does not panic").is_some();
            // libc's `pthread_join` returns when the kernel has ended the thread, after the
            // futexes.
            assert_eq!(end.has_come(), was_noted.then_some(true));
        });
        end.forget();
        assert_eq!(end.has_come(), None);
    }

    #[test]
    fn a_futex_has_its_place_where_nothing_else_is() {
        for (futex, fits) in [
            (0, false),
            (4, false),
            (8, true),
            (40, true),
            (44, true),
            (42, false),
            (72, false),
            (80, true),
            (84, true),
            (88, false),
        ] {
            assert_eq!(NotedEnd::has_room_for(futex), fits, "{futex}");
        }
    }
}
