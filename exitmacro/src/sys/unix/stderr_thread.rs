//! A write that may wait for ever, on a thread that no other thread waits for. It has one static
//! page, so that nothing is allocated. While it waits no other thread is started.

use super::{Attempt, LINES_LEFT, Wait, monotonic_nanoseconds, wait_a_moment};
use crate::sys::{is_in_main_program, keep_loaded, process_id};
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::ptr::null_mut;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

const PAGE: usize = 4096;

/// The use of the page, in the lower half; its process, in the upper one: a forked child has the
/// page, but not the thread. A child that libc is told of frees it, see [`forget_writer`]; a child
/// of a bare `clone` sees that the id is not its own.
const FREE: u64 = 0;
const WRITING: u64 = 1;
const WRITTEN: u64 = 2;
const ABANDONED: u64 = 3;

struct Page {
    use_and_user: AtomicU64,
    /// How many bytes to write, then how many were written.
    length: AtomicUsize,
    bytes: UnsafeCell<[u8; PAGE]>,
}

// SAFETY: the thread that sets `use_and_user` to `WRITING` has the bytes alone, then the thread
// that it starts.
unsafe impl Sync for Page {}

static PAGE_OF_THREAD: Page = Page {
    use_and_user: AtomicU64::new(FREE),
    length: AtomicUsize::new(0),
    bytes: UnsafeCell::new([0; PAGE]),
};

/// Frees the page in a forked child: its parent's thread does not exist there. The process id would
/// not show that in another pid namespace, where the child may have that of its parent.
pub(crate) fn forget_writer() {
    PAGE_OF_THREAD.use_and_user.store(FREE, Ordering::Release);
}

fn by_this_process(what: u64) -> u64 {
    u64::from(process_id()) << 32 | what
}

/// Writes the bytes, at most a page, and returns when the line may wait no longer. For a stream
/// that reports room: then only a thread that starts slowly takes long, as on a busy machine.
pub(super) fn write(bytes: &[u8], wait: &mut Wait) -> Attempt {
    if wait.in_signal_handler {
        // The stream has room, as far as it reports. Another signal does not wait for this write.
        return super::write(bytes);
    }
    let page = &PAGE_OF_THREAD;
    let (found, ours) = (page.use_and_user.load(Ordering::Acquire), by_this_process(WRITING));
    let is_in_use = found != FREE && found >> 32 == ours >> 32;
    if is_in_use
        || bytes.len() > PAGE
        || page
            .use_and_user
            .compare_exchange(found, ours, Ordering::AcqRel, Ordering::Relaxed)
            .is_err()
    {
        return Attempt::Failed;
    }
    // SAFETY: the page is this thread's until the other one is started, and has room for as many
    // bytes.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), page.bytes.get().cast(), bytes.len()) };
    page.length.store(bytes.len(), Ordering::Release);
    if !start() {
        page.use_and_user.store(FREE, Ordering::Release);
        // No thread can be started. The stream has room, as far as it reports.
        return super::write(bytes);
    }
    wait_for_thread(page, ours, wait.end())
}

fn wait_for_thread(page: &Page, ours: u64, end: u64) -> Attempt {
    let mut looks = 0;
    while page.use_and_user.load(Ordering::Acquire) == ours {
        if monotonic_nanoseconds() >= end
            && page
                .use_and_user
                .compare_exchange(
                    ours,
                    by_this_process(ABANDONED),
                    Ordering::AcqRel,
                    Ordering::Acquire,
                )
                .is_ok()
        {
            LINES_LEFT.store(0, Ordering::Relaxed);
            // The thread returns to this code some time.
            if !is_in_main_program(write_page as *const ()) {
                keep_loaded(write_page as *const ());
            }
            return Attempt::Failed;
        }
        looks += 1;
        if looks < 100 { crate::sys::yield_now() } else { wait_a_moment() }
    }
    let written = page.length.load(Ordering::Acquire);
    page.use_and_user.store(FREE, Ordering::Release);
    if written > 0 { Attempt::Wrote(written) } else { Attempt::Failed }
}

/// Starts the thread. It has the mask of the calling one, so that a broken pipe raises nothing in
/// it either.
fn start() -> bool {
    // SAFETY: all zeroes is a valid name of a thread, which the first call overwrites before the
    // second one uses it; the function has the right type.
    unsafe {
        let mut thread: libc::pthread_t = core::mem::zeroed();
        libc::pthread_create(&raw mut thread, core::ptr::null(), write_page, null_mut()) == 0
            && libc::pthread_detach(thread) == 0
    }
}

extern "C" fn write_page(_: *mut c_void) -> *mut c_void {
    let page = &PAGE_OF_THREAD;
    let length = page.length.load(Ordering::Acquire);
    // SAFETY: the bytes are this thread's until it reports that they are written.
    let bytes = unsafe { core::slice::from_raw_parts(page.bytes.get().cast::<u8>(), length) };
    let mut written = 0;
    while written < length {
        match super::write(&bytes[written..]) {
            Attempt::Wrote(more) => written += more,
            // A signal arrived, or another process made the stream non-blocking.
            Attempt::WouldBlock => wait_a_moment(),
            Attempt::Failed => break,
        }
    }
    page.length.store(written, Ordering::Release);
    if page.use_and_user.swap(by_this_process(WRITTEN), Ordering::AcqRel)
        == by_this_process(ABANDONED)
    {
        page.use_and_user.store(FREE, Ordering::Release);
    }
    null_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::times::LINE_TIMEOUT;

    fn is_free() -> bool {
        PAGE_OF_THREAD.use_and_user.load(Ordering::Acquire) == FREE
    }

    fn in_child(status: fn() -> u8) -> i32 {
        // SAFETY: the child only makes calls that libc allows in the child of a threaded process,
        // and starts a thread, as this crate does there.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: no preconditions.
            unsafe {
                libc::alarm(20);
                libc::_exit(status().into())
            }
        }
        let mut status = 0;
        // SAFETY: the status is writable.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFEXITED(status), "{status}");
        libc::WEXITSTATUS(status)
    }

    /// How long a line waits for a thread that writes it to a pipe that is full after all, in
    /// tenths of a second.
    fn tenths_of_a_wait() -> u8 {
        let mut ends = [0; 2];
        // SAFETY: there is room for two descriptors, and the buffer has the given length.
        unsafe {
            libc::pipe(ends.as_mut_ptr());
            libc::dup2(ends[1], libc::STDERR_FILENO);
            libc::fcntl(libc::STDERR_FILENO, libc::F_SETFL, libc::O_NONBLOCK);
            while libc::write(libc::STDERR_FILENO, [0_u8; 4096].as_ptr().cast(), 4096) > 0 {}
            libc::fcntl(libc::STDERR_FILENO, libc::F_SETFL, 0);
        }
        let begin = monotonic_nanoseconds();
        match write(b"\n", &mut Wait::default()) {
            Attempt::Failed => ((monotonic_nanoseconds() - begin) / 100_000_000) as u8,
            _ => 99,
        }
    }

    /// One test, because there is one page.
    #[test]
    fn the_page_has_one_writer_and_a_line_waits_no_longer_than_it_may() {
        // The state of another thread.
        PAGE_OF_THREAD.use_and_user.store(by_this_process(WRITING), Ordering::Release);
        assert_eq!(write(b"\n", &mut Wait::default()), Attempt::Failed);

        crate::inherited::watch();
        assert_eq!(in_child(|| if is_free() { 7 } else { 8 }), 7, "the child has no writer");
        let tenths = (0..5).map(|_| in_child(tenths_of_a_wait)).min();
        assert!(tenths < Some(7), "{tenths:?} tenths of a second");
        assert!(!is_free(), "the parent has one");

        // The wait of a line is subtracted from the time of all lines.
        let mut wait = Wait::default();
        let end = wait.end();
        let before = LINES_LEFT.load(Ordering::Relaxed);
        assert!(end <= monotonic_nanoseconds() + LINE_TIMEOUT.as_nanos() as u64);
        while monotonic_nanoseconds() < wait.times.expect("it waits").0 + 20_000_000 {
            wait_a_moment();
        }
        drop(wait);
        assert!(LINES_LEFT.load(Ordering::Relaxed) <= before - 20_000_000);

        // A thread that never ends.
        let mut wait = Wait::default();
        assert_eq!(
            wait_for_thread(&PAGE_OF_THREAD, by_this_process(WRITING), wait.end()),
            Attempt::Failed
        );
        assert_eq!(
            (
                PAGE_OF_THREAD.use_and_user.load(Ordering::Acquire),
                LINES_LEFT.load(Ordering::Relaxed)
            ),
            (by_this_process(ABANDONED), 0)
        );
        drop(wait);
        LINES_LEFT.store(before, Ordering::Relaxed);
        forget_writer();
    }
}
