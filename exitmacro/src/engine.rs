//! Where the hook finds the engine, so that a program without handlers does not contain what runs
//! them.
//!
//! Every program contains the entry at load and the hook of libc. They reach the engine by one of
//! two pointers. Each declared handler has one in its constant, which the entry at load stores in
//! the other one. So does [`start`], which is called by each registration, cell, run,
//! [`exit`](fn@crate::exit) and installation of signals. If the engine is not stored when the
//! process ends, the hook notes that end in one word.

use crate::fork::identity;
use crate::handler::declared::handlers;
use crate::handler::engine::Engine;
use crate::sys::{self, StaticRef};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// The engine, once it was started.
static FOUND: StaticRef<Engine> = StaticRef::new();

/// [`OPEN`], [`STARTED`], or the thread that has ended the process without the engine.
static STATE: AtomicUsize = AtomicUsize::new(OPEN);
const OPEN: usize = 0;
const STARTED: usize = usize::MAX;

/// The status with which that thread called the hook, or [`UNKNOWN`].
static STATUS: AtomicI64 = AtomicI64::new(UNKNOWN);
const UNKNOWN: i64 = i64::MAX;

/// The engine of a program that declares handlers.
pub(crate) fn of_declared() -> Option<&'static Engine> {
    handlers().first().map(|handler| handler.engine())
}

/// The engine, in a program that has or had something to run; also before the entry at load, as the
/// initialisation of another module may end the process.
#[cfg(windows)]
pub(crate) fn if_started() -> Option<&'static Engine> {
    of_declared().or_else(|| FOUND.get())
}

/// The engine, in a program that has or had something to run.
#[cfg(libc_passes_status)]
pub(crate) fn if_started() -> Option<&'static Engine> {
    FOUND.get()
}

/// Returns the engine to the hook. Without an engine there is nothing to run, and never will be:
/// the calling thread ends the process. Returns only on that thread.
#[inline]
pub(crate) fn or_end(status: Option<i32>) -> Option<&'static Engine> {
    // All copies of the hook come here, so that this is short.
    if STATE.load(Ordering::Acquire) == STARTED { FOUND.get() } else { end(status) }
}

#[inline(never)]
fn end(status: Option<i32>) -> Option<&'static Engine> {
    let me = sys::thread_key();
    match STATE.compare_exchange(OPEN, me, Ordering::AcqRel, Ordering::Acquire) {
        Err(STARTED) => return FOUND.get(),
        Err(other) if other != me => {
            // Two threads inside libc's `exit` corrupt its memory. In a forked child whose fork
            // libc did not see, the other thread is the parent's.
            if !identity::was_forked() {
                sys::park_forever();
            }
            STATE.store(me, Ordering::Release);
        }
        _ => {}
    }
    STATUS.store(status.map_or(UNKNOWN, i64::from), Ordering::Relaxed);
    None
}

/// Has the hook find the engine from now on. If the process has ended without it, marks the run as
/// finished.
#[inline]
pub(crate) fn start(engine: &'static Engine) {
    if STATE.load(Ordering::Acquire) != STARTED {
        start_now(engine);
    }
}

#[cold]
fn start_now(engine: &'static Engine) {
    FOUND.set(engine);
    match STATE.compare_exchange(OPEN, STARTED, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) | Err(STARTED) => {}
        Err(ended_by) => {
            let me = sys::thread_key();
            // In a child that was forked while its parent ended, that thread is the parent's, and
            // nothing has ended.
            if ended_by == me || !identity::was_forked() {
                let status = i32::try_from(STATUS.load(Ordering::Relaxed)).ok();
                // Another thread may not have written its status yet.
                (engine.has_ended)(ended_by, status.filter(|_| ended_by == me));
            }
            STATE.store(STARTED, Ordering::Release);
        }
    }
}

/// The same at load, in a program that declares handlers.
pub(crate) fn start_at_load(engine: &'static Engine) {
    FOUND.set(engine);
    STATE.store(STARTED, Ordering::Release);
}
