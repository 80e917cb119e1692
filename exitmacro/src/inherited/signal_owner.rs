//! Which process handles signals.

use crate::fork::watch::{HeldLock, Inherited};
use crate::handler::signal::{Answer, Signal};
use crate::sys::{self, Locked};
use core::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::LocalKey;

/// The process that ends by signals; 0 for none. A forked child finds the number of another
/// process.
pub(crate) static INSTALLED_BY: AtomicU64 = AtomicU64::new(0);
/// The process that has taken signals over, to end by them or to have functions answer them.
pub(crate) static TAKEN_BY: AtomicU64 = AtomicU64::new(0);

/// Held while signals are taken over and the watching thread starts. A fork waits for that: the
/// child would inherit locks of std and this crate as that thread left them.
pub(crate) struct Installing {
    /// The functions that answer signals.
    pub(crate) calls: Vec<Call>,
    /// The process whose functions these are, and that has a thread which calls them.
    pub(crate) calls_of: u64,
    /// The functions of the processes that the calling one was forked from, as long as the calling
    /// process has not adopted them.
    pub(crate) inherited: Vec<Call>,
}

/// A function that answers a signal.
pub(crate) struct Call {
    pub(crate) signal: Signal,
    pub(crate) answer: Answering,
}

pub(crate) type Answering = Arc<dyn Fn(Signal) -> Answer + Send + Sync>;

static INSTALLING: Mutex<Installing> =
    Mutex::new(Installing { calls: Vec::new(), calls_of: 0, inherited: Vec::new() });

thread_local! {
    static HELD: HeldLock<Installing> = const { Cell::new(None) };
}

impl Inherited for Installing {
    fn lock() -> Locked<Self> {
        Locked::new(INSTALLING.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    /// The child gets the earlier dispositions back, and may handle signals by itself.
    fn disown(&mut self) {
        sys::give_back_all();
        INSTALLED_BY.store(0, SeqCst);
        TAKEN_BY.store(0, SeqCst);
    }
}
