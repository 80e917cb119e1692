//! `atexit` proper: libc does not pass the status to the callback.

use crate::sys::ExitHook;

/// Whether libc passes the exit status to the hook.
pub(crate) const TELLS_STATUS: bool = false;

/// Which libc this is.
pub(crate) fn libc_version() -> String {
    if cfg!(target_env = "musl") { "musl" } else { "libc" }.to_owned()
}

/// Whether `exit` may stop every thread but the first one that calls it: musl does since 1.2.6.
pub(super) const LETS_ONE_THREAD_EXIT: bool = true;

extern "C" fn called_by_libc<H: ExitHook>() {
    H::process_ends(None);
}

pub(crate) fn install_hook<H: ExitHook>() -> bool {
    // SAFETY: the callback has the type that `atexit` takes.
    unsafe { libc::atexit(called_by_libc::<H>) == 0 }
}

pub(crate) fn change_status(code: i32) -> ! {
    super::exit::end_inside_exit(code)
}
