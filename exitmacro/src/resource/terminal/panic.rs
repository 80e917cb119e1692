//! Restores the terminal before the message of a panic is printed.

use crate::resource::terminal::keeper::open_one;
use crate::times::TERMINAL_TIMEOUT;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

/// Whether there is a [`Hook`]: as the panic hook, or kept by a later one, which calls it.
static EXISTS: AtomicBool = AtomicBool::new(false);

/// What std calls on a panic.
struct Hook {
    print: Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send>,
}

impl Hook {
    fn call(&self, info: &PanicHookInfo<'_>) {
        if let Some(keeper) = open_one().filter(|keeper| keeper.is_for_this_panic()) {
            // The handler at exit reports an error.
            _ = keeper.restore(TERMINAL_TIMEOUT);
        }
        (self.print)(info);
    }
}

impl Drop for Hook {
    /// The program has replaced it, so the next handle needs another one.
    fn drop(&mut self) {
        EXISTS.store(false, Relaxed);
    }
}

/// Puts a hook around the current one, unless there is such a hook already: programs that ask for
/// the terminal again and again would pile them up. A panicking thread cannot do that.
pub(super) fn watch() {
    if thread::panicking() || EXISTS.swap(true, Relaxed) {
        return;
    }
    let hook = Hook { print: panic::take_hook() };
    panic::set_hook(Box::new(move |info| hook.call(info)));
}
