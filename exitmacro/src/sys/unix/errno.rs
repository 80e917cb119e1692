//! `errno` of the calling thread.

use core::ffi::c_int;

/// Its place, which is valid as long as the calling thread lives.
pub(super) fn errno() -> *mut c_int {
    #[cfg(target_os = "illumos")]
    use libc::___errno as place;
    #[cfg(any(target_os = "android", target_os = "openbsd"))]
    use libc::__errno as place;
    #[cfg(target_os = "linux")]
    use libc::__errno_location as place;
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    use libc::__error as place;
    // SAFETY: no preconditions.
    unsafe { place() }
}

/// Does the work, and leaves `errno` as it was: the code that an OS handler interrupts may be about
/// to read it, and so may that which forks. Async-signal-safe, if the work is.
#[cfg(any(feature = "signals", target_os = "linux", target_os = "android"))]
pub(super) fn keep_errno<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: the place is that of the calling thread.
    let before = unsafe { *errno() };
    let done = work();
    // SAFETY: as above.
    unsafe { *errno() = before };
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_work_leaves_there_is_not_kept() {
        // SAFETY: the place is that of the calling thread.
        let place = unsafe { &mut *errno() };
        *place = libc::ENOENT;
        let inside = keep_errno(|| {
            // SAFETY: there is no such descriptor.
            unsafe { libc::close(-1) };
            std::io::Error::last_os_error().raw_os_error()
        });
        assert_eq!(
            (inside, std::io::Error::last_os_error().raw_os_error()),
            (Some(libc::EBADF), Some(libc::ENOENT))
        );
    }
}
