//! What Windows and WASI, which are not Unix, do alike.

use crate::sys::{AbortHook, Terminal};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub(crate) use std::thread::yield_now;

pub(crate) type ThreadKey = usize;

pub(crate) fn monotonic_nanoseconds() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// A thread that std does not know: there is none here.
pub(crate) struct PlainThread;

impl PlainThread {
    pub(crate) fn join(self) {}
}

/// std names its threads, and there are no others here.
pub(crate) fn name_this_thread(_name: &str) {}

/// No set-uid programs here.
pub(crate) fn is_privileged() -> bool {
    false
}

/// Unknown here.
pub(crate) fn stdout_has_room() -> bool {
    true
}

pub(crate) fn stderr_has_room(_: Duration) -> bool {
    true
}

/// Nothing is drawn here.
pub(crate) fn terminal() -> Option<Terminal> {
    None
}

/// Nothing is drawn here.
pub(crate) fn draw(_bytes: &[u8]) -> bool {
    false
}

/// A status has 32 bits on Windows. On WASI, what starts the process decides which part it shows.
pub(crate) const fn as_the_parent_sees(code: i32) -> i32 {
    code
}

pub(crate) fn abort_now() -> ! {
    std::process::abort()
}

pub(crate) fn exit(code: i32) -> ! {
    // SAFETY: `exit` may be called in any state; the run state decides which thread gets here.
    unsafe { libc::exit(code) }
}

/// No signal reports an abort here. With `panic = "abort"` the panic hook calls `H`.
pub(crate) fn watch_aborts<H: AbortHook>() {
    let _: fn() = H::process_aborts;
}

pub(crate) fn stop_watching_aborts<H: AbortHook>() {}

pub(crate) fn note_environment() {}

/// The run-time library of LLVM is not searched for here.
pub(crate) fn write_profile() {}

pub(crate) fn let_profile_come_last() {}
