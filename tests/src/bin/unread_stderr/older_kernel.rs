//! System calls that fail, as in an older kernel or a sandbox.

/// Makes the calls fail that the test names. Where the kernel does not allow that, the test is left
/// out.
pub(crate) fn imitate(system: &str) {
    let missing: &[libc::c_long] = match system {
        "no pwritev2" => &[libc::SYS_pwritev2],
        "no pwritev2, no opening" => &[libc::SYS_pwritev2, libc::SYS_openat, libc::SYS_splice],
        other => panic!("unknown: {other}"),
    };
    if !without(missing) {
        println!(
            "left out: the kernel lets this process filter no system calls; \
             `CONFIG_SECCOMP_FILTER`, and a container that allows `prctl`"
        );
        // SAFETY: no preconditions.
        unsafe { libc::_exit(3) };
    }
}

/// Makes these system calls fail from here on. Whether the kernel allows it.
fn without(calls: &[libc::c_long]) -> bool {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut program = vec![step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0)];
    for &call in calls {
        program.push(step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, call as u32));
        program.push(step(
            libc::BPF_RET | libc::BPF_K,
            0,
            0,
            libc::SECCOMP_RET_ERRNO | libc::EPERM as u32,
        ));
    }
    program.push(step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW));
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the filter is valid, and copied by the kernel.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter) == 0
    }
}
