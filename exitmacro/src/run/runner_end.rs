//! Tells the supervisor when a runner thread is really gone, thread-locals of its handlers
//! included; and ends the run there, where the [departure](crate::run::departure) of the runner is its
//! end.
//!
//! Joining the thread would tell too, but for as long as one of those destructors likes. Where libc
//! can call us behind all of them, it does. Elsewhere a thread-local of our own, made first and
//! therefore destroyed last, says it; the destructors that C libraries have for the thread may run
//! later still. Both can be waited for with a limit.

use crate::handler::clock::Moment;
use crate::run::execute;
use crate::run::global::{notify_change, state};
use crate::run::state::Run;
use crate::sys::{self, ThreadKey};
use core::cell::Cell;
use std::sync::MutexGuard;

struct EndNotice {
    runner: Cell<u32>,
}

thread_local! {
    static END_NOTICE: EndNotice = const { EndNotice { runner: Cell::new(0) } };
}

impl Drop for EndNotice {
    fn drop(&mut self) {
        leave(self.runner.get(), false);
    }
}

struct Hook;

impl sys::ThreadEndHook for Hook {
    fn thread_ends(runner: u32) {
        leave(runner, true);
    }
}

/// To be called first on a runner thread.
pub(super) fn give_notice(runner: u32) {
    if !sys::at_thread_end::<Hook>(runner) {
        END_NOTICE.with(|notice| notice.runner.set(runner));
    }
}

/// The thread-locals of this runner are gone. To be called on it, last of all; `is_last` says that
/// destructors of C libraries do not follow either.
fn leave(number: u32, is_last: bool) {
    let mut run = end_run(state(), number);
    run.runners.ended(number, is_last);
    notify_change(run);
}

/// The calling thread is about to wait for the end of the run. One that was to end it when its
/// thread-locals are gone, and comes to the gate in one of them, ends it here.
pub(super) fn end_run_here(
    run: MutexGuard<'static, Run>,
    thread: ThreadKey,
) -> MutexGuard<'static, Run> {
    match run.departing_on(thread) {
        Some(number) => end_run(run, number),
        None => run,
    }
}

/// Flushes and ends the run, if that is for this runner to do.
fn end_run(mut run: MutexGuard<'static, Run>, number: u32) -> MutexGuard<'static, Run> {
    let Some(now) = run.begins_to_flush(number, Moment::now) else { return run };
    if run.end_is_awaited(now) {
        notify_change(run);
    } else {
        drop(run);
    }
    execute::flush();
    run = state();
    run.has_flushed(number);
    run
}
