//! Prevents the process from starting threads.

/// From here on no thread can be started: the user has one process, as many as allowed.
pub(crate) fn refuse_threads() {
    let one = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
    // SAFETY: the limit is readable. It does not apply to root, so rights are dropped first; for
    // other users that fails, and changes nothing.
    unsafe {
        libc::setgid(54321);
        libc::setuid(54321);
        assert_eq!(libc::setrlimit(libc::RLIMIT_NPROC, &raw const one), 0);
    }
    assert!(
        std::thread::Builder::new().spawn(|| ()).is_err(),
        "the system starts a thread all the same"
    );
}
