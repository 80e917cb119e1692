//! The events of the console. Ctrl-C is SIGINT, as for the C runtime; Ctrl-Break, a console that is
//! closed, a user who logs off, and a system that shuts down are SIGTERM, which nothing else sends
//! on Windows. The system starts a thread for each event.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};
use std::io;
use std::sync::OnceLock;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn SetConsoleCtrlHandler(handler: extern "system" fn(u32) -> i32, add: i32) -> i32;
    fn ProcessIdToSessionId(process: u32, session: *mut u32) -> i32;
}

const CTRL_C: u32 = 0;
const CTRL_BREAK: u32 = 1;
const CLOSE: u32 = 2;
const LOGOFF: u32 = 5;
const SHUTDOWN: u32 = 6;

/// What is called for an event. All signals have the same action.
static ACTION: OnceLock<fn(c_int)> = OnceLock::new();

/// The signals that were taken over, one bit each.
static TAKEN: AtomicU32 = AtomicU32::new(0);

pub(super) fn take_over(signal: c_int, action: fn(c_int)) -> io::Result<()> {
    if ![libc::SIGINT, libc::SIGTERM].contains(&signal) {
        return Ok(());
    }
    let is_first = ACTION.set(action).is_ok();
    TAKEN.fetch_or(1 << signal, Ordering::Release);
    // SAFETY: the function stays loaded: who takes signals over in a DLL keeps that loaded.
    if is_first && unsafe { SetConsoleCtrlHandler(called_by_system, 1) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

extern "system" fn called_by_system(event: u32) -> i32 {
    const PASS_ON: i32 = 0;
    const DONE: i32 = 1;
    let signal = match event {
        CTRL_C => libc::SIGINT,
        // A service hears of every user, and continues.
        LOGOFF if is_service() => return PASS_ON,
        CTRL_BREAK | CLOSE | LOGOFF | SHUTDOWN => libc::SIGTERM,
        _ => return PASS_ON,
    };
    let is_taken = TAKEN.load(Ordering::Acquire) & (1 << signal) != 0;
    let Some(action) = ACTION.get().filter(|_| is_taken) else { return PASS_ON };
    action(signal);
    if matches!(event, CLOSE | LOGOFF | SHUTDOWN) {
        // The system ends the process when this function returns.
        super::park_forever();
    }
    DONE
}

/// Whether the process belongs to the session of services, which has no user.
fn is_service() -> bool {
    let mut session = 0;
    // SAFETY: `session` is writable.
    unsafe { ProcessIdToSessionId(std::process::id(), &raw mut session) != 0 && session == 0 }
}
