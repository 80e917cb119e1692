//! The panic hook: notes the message of each panic for the report. On systems without a signal at
//! an abort, it runs the handlers instead.

use crate::process::background;
use crate::run::panic_text;
use crate::sys::{self, ThreadKey};
use crate::times::PANIC_MESSAGE_TIMEOUT;
use std::sync::{Mutex, PoisonError};
use std::{panic, thread};

/// The last panic, and its thread.
static LAST: Mutex<Option<(ThreadKey, String)>> = Mutex::new(None);

/// Puts the crate's hook around the current one. A panicking thread cannot do that, and the hooks
/// stay as they are.
///
/// Repeated before each run, because the program may have replaced it; noting a message twice does
/// no harm.
///
/// From a separate thread: a hook that runs on another thread keeps std's from being changed, for
/// as long as it likes.
pub(super) fn install() {
    // Long enough for a thread to be scheduled on a busy machine: a panic before the hook is there
    // is reported without its message.
    if thread::panicking() || sys::is_starved() {
        return;
    }
    _ = background::with_timeout(PANIC_MESSAGE_TIMEOUT, wrap);
}

fn wrap() {
    let others = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        others(info);
        note(info);
        #[cfg(unix)]
        crate::process::panic::watch_again();
        #[cfg(not(unix))]
        <crate::process::panic::OnAbort as crate::sys::AbortHook>::process_aborts();
    }));
}

fn note(info: &panic::PanicHookInfo<'_>) {
    let last = (sys::thread_key(), panic_text(info.payload()));
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
}

/// The message of the calling thread's panic.
pub(super) fn message_of_this_thread() -> Option<String> {
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    (last.0 == sys::thread_key()).then_some(last.1)
}
