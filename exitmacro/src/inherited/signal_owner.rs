//! Which process handles signals, and which signal asked it to end.

use crate::fork::watch::{HeldLock, Inherited};
use crate::sys;
use core::cell::Cell;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicI32, AtomicU64};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::LocalKey;

/// The process that installed the signal handlers; 0 for none. A forked child finds the number of
/// another process.
pub(crate) static INSTALLED_BY: AtomicU64 = AtomicU64::new(0);
/// The number of the signal that asked this process to end, 0 for none; and when it arrived. Not a
/// `OnceLock`: a forked child starts without a request.
pub(crate) static ASKED_BY: AtomicI32 = AtomicI32::new(0);
pub(crate) static ASKED_AT: AtomicU64 = AtomicU64::new(0);

/// Held while signals are taken over and the watching thread starts. A fork waits for that: the
/// child would inherit locks of std, signal-hook and this crate as that thread left them.
pub(crate) struct Installing;

static INSTALLING: Mutex<Installing> = Mutex::new(Installing);

thread_local! {
    static HELD: HeldLock<Installing> = const { Cell::new(None) };
}

impl Inherited for Installing {
    fn lock() -> MutexGuard<'static, Self> {
        INSTALLING.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    /// The child gets the earlier dispositions back, and may handle signals by itself.
    fn disown(&mut self) {
        sys::give_back_all();
        INSTALLED_BY.store(0, SeqCst);
        ASKED_BY.store(0, SeqCst);
    }
}
