//! Notes that a runner thread has ended, with the thread-locals of its handlers; and ends the run
//! there, if the [departure](crate::run::departure) of the runner is the end of the run.
//!
//! Joining the thread would wait as long as its destructors like. So the runner gives an exit
//! notice, for which the supervisor waits with a timeout. Where libc can call us after all
//! destructors, it does. Elsewhere a thread-local of our own is created first, and is therefore
//! destroyed last. Destructors of C libraries may still follow it.

use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::run::execute;
use crate::run::global::{notify_change, state};
use crate::run::runners::RunnerEnd;
use crate::run::state::Run;
use crate::sys::{self, EndingThread, Locked, ThreadKey};
use core::cell::Cell;

struct EndNotice {
    runner: Cell<u32>,
}

thread_local! {
    static END_NOTICE: EndNotice = const { EndNotice { runner: Cell::new(0) } };
}

impl Drop for EndNotice {
    fn drop(&mut self) {
        runner_ended(self.runner.get(), false);
    }
}

struct OnThreadEnd;

impl sys::ThreadEndHook for OnThreadEnd {
    fn thread_ends(runner: u32) {
        runner_ended(runner, true);
    }
}

/// Has the end of the calling thread noted. A runner calls this first of all.
pub(super) fn notify_at_end(runner: u32) {
    if !sys::at_thread_end::<OnThreadEnd>(runner) {
        // A thread that starts has its thread-locals.
        _ = END_NOTICE.try_with(|notice| notice.runner.set(runner));
    }
}

/// Notes that the thread-locals of this runner are destroyed. The runner calls this last of all.
/// `is_last` says that no destructor of a C library follows.
fn runner_ended(number: u32, is_last: bool) {
    let mut run = end_run(state(), number, false);
    // An ending process does not wait for the rest of libc's function: one more sleep would take
    // longer than all of it. A process that continues does, as it may count its threads.
    let end = if is_last && run.reason() != ExitReason::Requested {
        RunnerEnd::Nothing
    } else {
        RunnerEnd::Awaited(EndingThread::current())
    };
    run.runners.ended(number, end);
    notify_change(run);
}

/// The calling thread is about to wait for the end of the run. If it is the runner that ends the
/// run, a destructor of its thread-locals has called us, and the run ends here.
pub(super) fn end_run_here(run: Locked<Run>, thread: ThreadKey) -> Locked<Run> {
    match run.departing_on(thread) {
        Some(number) => end_run(run, number, true),
        None => run,
    }
}

/// Flushes stdout and ends the run, if this runner is to do so.
fn end_run(mut run: Locked<Run>, number: u32, in_destructor: bool) -> Locked<Run> {
    let Some(now) = run.start_flush(number, in_destructor, Moment::now) else { return run };
    if run.end_is_awaited(now) {
        notify_change(run);
    } else {
        drop(run);
    }
    execute::flush();
    run = state();
    run.finish_flush(number);
    run
}
