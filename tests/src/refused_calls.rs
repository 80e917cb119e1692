//! System calls that fail, as in an older kernel or a sandbox.

/// Calls that do not fail: in their argument of this number, some of the bits are set, or none.
#[derive(Clone, Copy)]
pub(crate) struct Exempt {
    pub(crate) argument: u32,
    pub(crate) bits: u32,
    pub(crate) are_set: bool,
}

/// Makes system calls fail with this error. Whether that is possible: otherwise a line says that
/// the test is left out.
pub(crate) fn refuse(calls: &[(libc::c_long, Option<Exempt>)], error: i32) -> bool {
    let op = |code: u32, k: u32, jt: u8, jf: u8| libc::sock_filter {
        code: u16::try_from(code).expect("codes are short"),
        jt,
        jf,
        k,
    };
    let (load, equal, set, answer) = (
        libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
        libc::BPF_JMP | libc::BPF_JEQ,
        libc::BPF_JMP | libc::BPF_JSET,
        libc::BPF_RET,
    );
    let refused = libc::SECCOMP_RET_ERRNO | error.cast_unsigned();
    let mut filter = Vec::new();
    for &(call, exempt) in calls {
        filter.push(op(load, 0, 0, 0));
        let call = u32::try_from(call).expect("calls have small numbers");
        match exempt {
            None => filter.extend([op(equal, call, 0, 1), op(answer, refused, 0, 0)]),
            // The first argument is 16 bytes from the beginning, and each has 8. Little-endian
            // machines begin with its lower half.
            Some(Exempt { argument, bits, are_set }) => filter.extend([
                op(equal, call, 0, 3),
                op(load, 16 + 8 * argument, 0, 0),
                op(set, bits, u8::from(are_set), u8::from(!are_set)),
                op(answer, refused, 0, 0),
            ]),
        }
    }
    filter.push(op(answer, libc::SECCOMP_RET_ALLOW, 0, 0));
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).expect("it is short"),
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the program has the length that it declares, and lives as long as the calls.
    let is_taken = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) == 0
    };
    if !is_taken {
        println!(
            "left out: the kernel lets this process filter no system calls; \
             `CONFIG_SECCOMP_FILTER`, and a container that allows `prctl`"
        );
    }
    is_taken
}
