//! A signal that the kernel sends to a child when its parent has ended, in whatever way.

use crate::sys::process_id;
use core::cell::Cell;
use core::ffi::{c_int, c_ulong};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};

/// The process that is about to start a child. A child has the copy from the moment of the fork.
static PARENT: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// Whether the thread is starting a child that asks for the signal. The command is the
    /// caller's, who may start it again without that.
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Makes the kernel send the signal to a program that [`spawn_as_parent`] starts by this command,
/// when the thread that starts it ends.
pub(crate) fn send_at_parent_death(command: &mut Command, signal: c_int) {
    let ask = move || {
        if !IS_ASKED.get() {
            return Ok(());
        }
        // SAFETY: takes a number and changes nothing else.
        if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal as c_ulong) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: no preconditions.
        let parent = unsafe { libc::getppid() }.cast_unsigned();
        // The kernel does not report a parent that ended before the call. A parent in another pid
        // namespace has no number: 0.
        if parent != 0 && parent != PARENT.load(Ordering::Relaxed) {
            // SAFETY: no preconditions.
            unsafe { libc::_exit(128 + signal) };
        }
        Ok(())
    };
    // SAFETY: the closure makes system calls and reads an atomic and a thread-local without a
    // destructor; it allocates nothing.
    unsafe { command.pre_exec(ask) };
}

/// Starts a command for which that was called.
pub(crate) fn spawn_as_parent(command: &mut Command) -> io::Result<Child> {
    struct Asked;
    impl Drop for Asked {
        fn drop(&mut self) {
            IS_ASKED.set(false);
        }
    }
    PARENT.store(process_id(), Ordering::Relaxed);
    IS_ASKED.set(true);
    let _asked = Asked;
    command.spawn()
}
