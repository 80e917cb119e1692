//! The request to end the process, under its lock.

use crate::fork::watch::{HeldLock, Inherited};
use crate::run::Asked;
use core::cell::Cell;
use core::task::Waker;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::LocalKey;

/// The request, and the tasks that wait for it.
pub(crate) struct Request {
    pub(crate) is_made: bool,
    /// What asked first for an end with a status.
    pub(crate) asked: Option<Asked>,
    pub(crate) tasks: Vec<(u64, Waker)>,
    pub(crate) last_task: u64,
}

static REQUEST: Mutex<Request> =
    Mutex::new(Request { is_made: false, asked: None, tasks: Vec::new(), last_task: 0 });
pub(crate) static MADE: Condvar = Condvar::new();

thread_local! {
    static HELD: HeldLock<Request> = const { Cell::new(None) };
}

impl Inherited for Request {
    fn lock() -> MutexGuard<'static, Self> {
        REQUEST.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    fn disown(&mut self) {
        self.is_made = false;
        self.asked = None;
        // Not dropped: the tasks are the parent's, and freeing memory is not allowed here.
        core::mem::forget(core::mem::take(&mut self.tasks));
    }
}
