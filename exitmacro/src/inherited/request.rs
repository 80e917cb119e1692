//! The request to end the process, and the work that is announced, under one lock.

use crate::fork::watch::{HeldLock, Inherited};
use crate::inherited::tasks::{Numbers, Tasks};
use crate::run::{self, Asked};
use crate::sys::Locked;
use core::cell::Cell;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, fence};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::LocalKey;

/// The request, the tasks that wait for it, and the work that the program announces.
pub(crate) struct Request {
    pub(crate) is_made: bool,
    /// What asked first for an end with a status.
    pub(crate) asked: Option<Asked>,
    pub(crate) tasks: Tasks,
    pub(crate) task_numbers: Numbers,
    /// How many guards of work in flight this process has.
    pub(crate) in_flight: usize,
    /// Whether the program announces all of its work, so that the grace ends without any.
    pub(crate) ends_when_drained: bool,
    /// Counts the forks that led to this process. A guard of an earlier process does not count.
    pub(crate) generation: u64,
}

static REQUEST: Mutex<Request> = Mutex::new(Request {
    is_made: false,
    asked: None,
    tasks: Tasks::new(),
    task_numbers: Numbers::new(),
    in_flight: 0,
    ends_when_drained: false,
    generation: 0,
});
pub(crate) static MADE: Condvar = Condvar::new();

/// Whether a thread ends the process without a request. Not under the lock: most programs make no
/// request, and take no lock for one when they end.
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static HELD: HeldLock<Request> = const { Cell::new(None) };
}

impl Inherited for Request {
    fn lock() -> Locked<Self> {
        Locked::new(REQUEST.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    fn disown(&mut self) {
        self.is_made = false;
        self.asked = None;
        self.in_flight = 0;
        self.generation += 1;
        IS_CLOSED.store(false, Relaxed);
        // Not dropped: the tasks are the parent's, and freeing memory is not allowed here.
        core::mem::forget(core::mem::take(&mut self.tasks));
    }
}

impl Request {
    /// Has no later request count. A thread that is about to end the process calls this *before* it
    /// looks whether one was made: of a thread that makes one meanwhile, either the request is seen
    /// here, or that thread sees this.
    pub(crate) fn close() {
        IS_CLOSED.store(true, Relaxed);
        fence(SeqCst);
    }

    /// Has requests count again: the calling thread does not end the process yet.
    #[cfg(feature = "async")]
    pub(crate) fn reopen() {
        IS_CLOSED.store(false, Relaxed);
    }

    /// Whether a request that the calling thread makes comes too late. To be called when the thread
    /// has the lock, and has made known how a request is found.
    pub(crate) fn is_closed(&self) -> bool {
        fence(SeqCst);
        IS_CLOSED.load(Relaxed)
    }

    /// Ends the grace if the end is asked for and no announced work is left. To be called after
    /// each change of one of these.
    pub(crate) fn end_grace_if_drained(&self) {
        if self.asked.is_some() && self.ends_when_drained && self.in_flight == 0 {
            run::end_grace();
        }
    }
}
