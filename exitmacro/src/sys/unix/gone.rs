//! Whether the thread of a handle exists in the calling process. In a forked child, that of a
//! handle which its parent made does not, and the handle never says that it has finished.

use std::thread::JoinHandle;

/// Whether the process has no such thread: it has ended, or only the parent of this process has it.
///
/// glibc, in a forked child, gives the memory of the parent's threads to new ones. Where that has
/// happened, this is about the new thread.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_thread_gone<T>(thread: &JoinHandle<T>) -> bool {
    let mut clock: libc::clockid_t = 0;
    // Not by a signal: glibc waits for a lock then, which a thread of the parent may have held.
    // SAFETY: as long as there is a handle, the thread is neither joined nor detached, so its
    // `pthread_t` is valid; `clock` is writable.
    let failure = unsafe {
        libc::pthread_getcpuclockid(super::thread_key_of(thread) as libc::pthread_t, &raw mut clock)
    };
    // The kernel's format: the complement of the number, and three bits for the kind of clock. A
    // libc that does not report an error, as musl, has no number: 0 or less. Android keeps that of
    // the parent's thread, which the kernel does not know.
    let number = !(clock >> 3);
    failure != 0 || number <= 0 || exists(number) == Some(false)
}

/// Whether the calling process has a thread of this number; `None` where the system does not tell,
/// as with a filter of system calls.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn exists(thread: libc::pid_t) -> Option<bool> {
    // SAFETY: no signal is sent with the number 0.
    let result = unsafe { libc::syscall(libc::SYS_tgkill, super::process_id(), thread, 0) };
    (result == 0 || super::last_error() == libc::ESRCH).then_some(result == 0)
}

/// Whether the process has no such thread: it has ended, or only the parent of this process has it.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn is_thread_gone<T>(thread: &JoinHandle<T>) -> bool {
    let key = super::thread_key_of(thread) as libc::pthread_t;
    // The lists of the threads of these libcs begin anew in a forked child.
    // SAFETY: as long as there is a handle, the thread is neither joined nor detached, so its
    // `pthread_t` is valid; no signal is sent with the number 0.
    unsafe { libc::pthread_kill(key, 0) == libc::ESRCH }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::thread;

    #[test]
    fn a_thread_is_gone_when_it_has_ended() {
        let (end, is_end) = channel::<()>();
        let thread = thread::spawn(move || _ = is_end.recv());
        assert!(!is_thread_gone(&thread));
        drop(end);
        while !is_thread_gone(&thread) {
            thread::yield_now();
        }
        assert!(thread.is_finished());
        thread.join().expect("it does not panic");
    }
}
