//! The OS handlers of other code, which the crate's own ones call.

use core::ffi::{c_int, c_void};

type Handler = extern "C" fn(c_int);
pub(super) type HandlerWithInfo = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// Calls the handler of a disposition that the system returned, as the kernel would. Does nothing
/// where the signal has its default effect, or is ignored.
pub(super) fn call(
    disposition: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    let address = disposition.sa_sigaction;
    if address == libc::SIG_DFL || address == libc::SIG_IGN {
        return;
    }
    if disposition.sa_flags & libc::SA_SIGINFO != 0 {
        // SAFETY: other code installed the address of a handler of this type, as the flag says.
        let handler = unsafe { core::mem::transmute::<usize, HandlerWithInfo>(address) };
        handler(signal, info, context);
    } else {
        // SAFETY: as above, without the flag.
        let handler = unsafe { core::mem::transmute::<usize, Handler>(address) };
        handler(signal);
    }
}
