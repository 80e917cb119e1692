//! The run of the process: its state and lock, and what `fork` does with them.

use crate::error::AdoptError;
use crate::fork::ownership::{self, Gone};
use crate::fork::watch::{HeldLock, Inherited};
use crate::handler::clock::Moment;
use crate::handler::live::Live;
use crate::registry;
use crate::report::Report;
use crate::run::state::{Phase, Run};
use crate::sys::{self, Locked};
use core::cell::Cell;
use core::time::Duration;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::LocalKey;

pub(super) static RUN: Mutex<Run> = Mutex::new(Run::new(&LIVE));
pub(super) static CHANGED: Condvar = Condvar::new();
pub(super) static LIVE: Live = Live::new();

/// Locks the state. No code of the user runs while the guard lives, so a poisoned lock means a
/// panic of this crate; each change keeps the state valid.
#[inline(never)]
pub(super) fn state() -> Locked<Run> {
    let mut run = Locked::new(RUN.lock().unwrap_or_else(PoisonError::into_inner));
    run.catch_up(registry::table);
    run
}

/// Unlocks the state and waits until it changes, at most for `timeout`. The calling thread is noted
/// as one that waits for a change.
pub(super) fn wait_for_change(mut run: Locked<Run>, timeout: Option<Duration>) -> Locked<Run> {
    run.waiting += 1;
    let guard = run.into_guard();
    let guard = match timeout {
        None => CHANGED.wait(guard).unwrap_or_else(PoisonError::into_inner),
        Some(timeout) => CHANGED
            .wait_timeout(guard, timeout)
            .map_or_else(|poison| poison.into_inner().0, |(guard, _)| guard),
    };
    let mut run = Locked::new(guard);
    run.waiting -= 1;
    run.catch_up(registry::table);
    run
}

/// Unlocks the state and waits as long as the condition holds, at most for `timeout`.
pub(super) fn wait_while(
    mut run: Locked<Run>,
    timeout: Duration,
    condition: impl Fn(&Run) -> bool,
) -> Locked<Run> {
    let mut now = Moment::now();
    let end = now.plus(timeout);
    while condition(&run) && now < end {
        run = wait_for_change(run, Some(end.since(now)));
        now = Moment::now();
    }
    run
}

/// Unlocks the state, and then wakes the threads that wait for the change. A thread that is woken
/// before would only wait for the lock. With no thread waiting, this makes no system call.
#[inline(never)]
pub(super) fn notify_change(run: Locked<Run>) {
    let is_awaited = run.waiting > 0;
    drop(run);
    if is_awaited {
        CHANGED.notify_all();
    }
}

#[inline(never)]
pub(super) fn wait_until_finished(mut run: Locked<Run>) {
    run.stopped.note_waiting();
    while run.phase == Phase::Running {
        run = wait_for_change(run, None);
    }
    run.stopped.note_resumed();
}

/// Stops the calling thread for good, because another thread ends the process.
pub(super) fn park(mut run: Locked<Run>) -> ! {
    run.stopped.note_parked();
    drop(run);
    sys::park_forever();
}

/// Whether the run has finished.
pub(crate) fn is_finished() -> bool {
    LIVE.is_finished()
}

/// The exiting thread, inside libc's `exit`, once the run has finished and the hook has nothing
/// left to do; 0 before. From then on no other thread can end the process.
pub(super) static HOOK_DONE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static HELD: HeldLock<Run> = const { Cell::new(None) };
}

impl Inherited for Run {
    fn lock() -> Locked<Self> {
        state()
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    fn disown(&mut self) {
        // The hook may still wait for the lock of the run, which the thread that forked had.
        if let Some(thread) = self.exiting.thread_inside().or_else(sys::thread_inside_exit) {
            sys::note_exit_held(thread);
        }
        Run::disown(self);
        LIVE.forget_code();
        LIVE.set_finished(false);
        HOOK_DONE.store(0, Ordering::Relaxed);
    }
}

/// Makes the calling process the owner of the handlers that it inherited.
pub(crate) fn adopt() -> Result<(), AdoptError> {
    let run = state();
    let mut table = registry::table();
    if run.phase != Phase::Idle {
        return Err(AdoptError::Finished);
    }
    ownership::adopt(table.inherited_up_to()).map_err(|gone| match gone {
        Gone::Spent => AdoptError::Finished,
        Gone::Taken => AdoptError::Taken,
        Gone::Unshared => AdoptError::NoSharedMemory,
    })?;
    registry::adopt(&mut table);
    Ok(())
}

/// The outcomes of the handlers that have finished.
pub(crate) fn report_so_far() -> Report {
    let mut run = state();
    run.list_lanes(&mut registry::table());
    run.report(Moment::now())
}

/// The same, when all handlers have ended.
pub(crate) fn whole_report() -> Report {
    Report { is_finished: true, ..report_so_far() }
}
