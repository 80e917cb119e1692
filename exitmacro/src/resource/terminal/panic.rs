//! Restores the terminal before the message of a panic is printed.

use crate::resource::terminal::keeper::open_one;
use crate::times::TERMINAL_TIMEOUT;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::{panic, thread};

/// Puts a hook around the current one, once. A panicking thread cannot do that.
pub(super) fn watch() {
    static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
    if thread::panicking() || IS_INSTALLED.swap(true, Relaxed) {
        return;
    }
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if let Some(keeper) = open_one().filter(|keeper| keeper.is_for_this_panic()) {
            // The handler at exit reports an error.
            _ = keeper.restore(TERMINAL_TIMEOUT);
        }
        print(info);
    }));
}
