//! Prevents the process from starting threads, and lets it fork.

/// From here on no thread can be started: there is no address space for its stack.
pub(crate) fn refuse_stacks() {
    let pages: libc::rlim_t = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|sizes| sizes.split(' ').next()?.parse().ok())
        .expect("the system shows how much memory a process has");
    // SAFETY: no preconditions.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as libc::rlim_t;
    let most = pages * page + 512 * 1024;
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: the limit is readable.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
    assert!(
        std::thread::Builder::new().spawn(|| ()).is_err(),
        "the system starts a thread all the same"
    );
}
