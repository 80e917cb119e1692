//! Prevents the process from starting threads, and lets it fork.

use std::io;
use std::thread::{self, Builder};

/// What is left for everything but stacks.
const LEFT: usize = 512 * 1024;

/// Less than a stack.
const PIECE: usize = 1024 * 1024;

/// From here on no thread can be started: there is no address space for its stack.
pub(crate) fn refuse_stacks() {
    let pages: libc::rlim_t = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|sizes| sizes.split(' ').next()?.parse().ok())
        .expect("the system shows how much memory a process has");
    // SAFETY: no preconditions.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as libc::rlim_t;
    let most = pages * page + LEFT as libc::rlim_t;
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: the limit is readable.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
    // Another thread may have had more for a moment, as libc takes twice what its heap needs.
    for _ in 0..100 {
        use_up();
        // One that starts all the same stays, so that no other one gets its stack.
        if Builder::new()
            .spawn(|| {
                loop {
                    thread::park()
                }
            })
            .is_err()
        {
            return;
        }
    }
    panic!("the system starts a thread all the same");
}

/// Uses up all pieces of the address space but what is to be left.
fn use_up() {
    let left = map(LEFT);
    while map(PIECE).is_ok() {}
    if let Ok(left) = left {
        // SAFETY: nothing uses what was mapped.
        unsafe { libc::munmap(left, LEFT) };
    }
}

fn map(length: usize) -> io::Result<*mut libc::c_void> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: the kernel chooses a place that is free.
    let place = unsafe { libc::mmap(std::ptr::null_mut(), length, libc::PROT_NONE, flags, -1, 0) };
    if place == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(place) }
}
