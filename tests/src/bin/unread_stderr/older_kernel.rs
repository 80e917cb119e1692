//! System calls that fail, as the test names them.

#[path = "../../refused_calls.rs"]
mod refused_calls;

use refused_calls::refuse;

/// Makes the calls fail that the test names. Where the kernel does not allow that, the test is left
/// out.
pub(crate) fn imitate(system: &str) {
    let missing: &[libc::c_long] = match system {
        "no pwritev2" => &[libc::SYS_pwritev2],
        "no pwritev2, no opening" => &[libc::SYS_pwritev2, libc::SYS_openat, libc::SYS_splice],
        other => panic!("unknown: {other}"),
    };
    let calls: Vec<_> = missing.iter().map(|&call| (call, None)).collect();
    if !refuse(&calls, libc::EPERM) {
        // SAFETY: no preconditions.
        unsafe { libc::_exit(3) };
    }
}
