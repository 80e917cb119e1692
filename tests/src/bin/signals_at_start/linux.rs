//! The part for Linux, where a program can replace a function of libc that each thread calls.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

/// Whether the watching thread has finished its start.
pub(crate) static HAS_STARTED: AtomicBool = AtomicBool::new(false);

/// Replaces libc's function, which std calls on each thread that starts. Takes so long that a
/// caller which does not wait for the thread cannot succeed by chance.
///
/// # Safety
///
/// As for libc's function.
// SAFETY: does what libc's function does.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn sigaltstack(
    stack: *const libc::stack_t,
    before: *mut libc::stack_t,
) -> libc::c_int {
    let is_watch = || thread_name().starts_with(b"exitmacro-watch");
    if !HAS_STARTED.load(SeqCst) && is_watch() {
        thread::sleep(Duration::from_millis(300));
        HAS_STARTED.store(true, SeqCst);
    }
    // SAFETY: the arguments are those of the caller.
    unsafe { libc::syscall(libc::SYS_sigaltstack, stack, before) as libc::c_int }
}

/// The name by which the system knows the calling thread, which std may not know yet.
fn thread_name() -> [u8; 16] {
    let mut name = [0; 16];
    // SAFETY: the buffer has the length that the system asks for.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    name
}
