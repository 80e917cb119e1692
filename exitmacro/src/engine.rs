//! What runs the handlers, as pointers, so that a program with nothing to run does not contain it.
//!
//! The entry at load and the hook of libc are in every program, and know the engine only by what
//! leads to it: the constant of each declared handler, or [`start`], which everything calls that
//! makes something at run time for which the engine is there: a registration, a cell, a run, an end
//! by name, the handling of signals. Where neither is there when the process ends, the hook notes
//! that it has ended, in one word.

use crate::fork::ownership;
use crate::handler::declared::HANDLERS;
use crate::handler::engine::Engine;
use crate::sys::{self, StaticRef};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// The engine, once something has started it.
static FOUND: StaticRef<Engine> = StaticRef::new();

/// [`OPEN`], [`STARTED`], or the thread that has ended a process without the engine.
static STATE: AtomicUsize = AtomicUsize::new(OPEN);
const OPEN: usize = 0;
const STARTED: usize = usize::MAX;

/// The status that this thread has come with, or [`UNKNOWN`].
static STATUS: AtomicI64 = AtomicI64::new(UNKNOWN);
const UNKNOWN: i64 = i64::MAX;

/// What there is at load.
pub(crate) fn of_declared() -> Option<&'static Engine> {
    HANDLERS.first().map(|handler| handler.engine())
}

/// To be called by the hook: the engine, which ends the process then. Without one there is nothing
/// to run, and will be nothing: the calling thread ends the process. Returns only on that thread.
pub(crate) fn or_end(status: Option<i32>) -> Option<&'static Engine> {
    if let Some(engine) = of_declared() {
        return Some(engine);
    }
    let me = sys::thread_key();
    match STATE.compare_exchange(OPEN, me, Ordering::AcqRel, Ordering::Acquire) {
        Err(STARTED) => return FOUND.get(),
        Err(other) if other != me => {
            // Two threads inside libc's `exit` corrupt its memory. In a forked child that libc was
            // not asked to tell of, the other one is the parent's.
            if !ownership::was_forked() {
                sys::park_forever();
            }
            STATE.store(me, Ordering::Release);
        }
        _ => {}
    }
    STATUS.store(status.map_or(UNKNOWN, i64::from), Ordering::Relaxed);
    None
}

/// Has the hook find the engine from now on. When the process has ended without it, the run is
/// over.
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
            // In a child that was forked while its parent ended, the thread is the parent's, and
            // nothing has ended.
            if ended_by == me || !ownership::was_forked() {
                let status = i32::try_from(STATUS.load(Ordering::Relaxed)).ok();
                // Another thread may be about to write it.
                (engine.has_ended)(ended_by, status.filter(|_| ended_by == me));
            }
            STATE.store(STARTED, Ordering::Release);
        }
    }
}

/// The same at load, where handlers are declared.
pub(crate) fn start_at_load(engine: &'static Engine) {
    FOUND.set(engine);
    STATE.store(STARTED, Ordering::Release);
}
