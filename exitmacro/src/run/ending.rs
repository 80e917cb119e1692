//! How the process ends, for the threads that end it or find it ending.

use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::declared::handlers;
use crate::registry::{self, Table};
use crate::report::line::Line;
use crate::run::exiting::Claim;
use crate::run::global::{
    HOOK_DONE, LIVE, notify_change, park, state, wait_for_change, wait_until_finished,
};
#[cfg(stacks)]
use crate::run::stack;
use crate::run::state::{Phase, Run};
use crate::run::supervision;
use crate::run::{children_left, main_error};
use crate::sys::{self, Locked, ThreadKey};
use crate::times::MAIN_FIRST_TIMEOUT;
use std::sync::atomic::Ordering;

/// How the process should end now that the run has finished.
#[derive(Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) code: Option<i32>,
    /// The budget is spent: threads were left behind, so nothing else may run.
    pub(crate) at_once: bool,
    /// Why the run took place.
    #[cfg(feature = "signals")]
    pub(crate) reason: ExitReason,
}

impl Ending {
    #[inline(never)]
    pub(super) fn of(run: &Run) -> Self {
        let (code, at_once) = if run.decides_status() {
            (LIVE.code(), run.out_of_budget)
        } else {
            // The run did not decide how the process ends.
            (run.exiting.code(), false)
        };
        Self {
            code,
            at_once,
            #[cfg(feature = "signals")]
            reason: run.reason(),
        }
    }
}

/// How the process ends, once the errors of the request and of `main` are printed. Returns only on
/// the thread that ends the process; calls `before_stop` on another one, which stops.
pub(crate) fn ending(before_stop: Option<&mut dyn FnMut()>) -> Ending {
    stop_unless_exiting(before_stop);
    ending_inside_exit()
}

/// The same for the hook, whose thread is inside libc's `exit`, and never stops. In a child that
/// was forked in a handler on the exiting thread, no thread has claimed the end of the process.
pub(crate) fn ending_inside_exit() -> Ending {
    children_left::kill();
    main_error::wait();
    #[cfg(stacks)]
    stack::wait();
    Ending::of(&state())
}

/// Stops the calling thread, unless it ends the process.
pub(super) fn stop_unless_exiting(before_stop: Option<&mut dyn FnMut()>) {
    if !state().exiting.is(sys::thread_key()) {
        if let Some(before_stop) = before_stop {
            before_stop();
        }
        park(state());
    }
}

/// Stops the calling thread for good if it belongs to an abandoned handler: what that does late
/// changes nothing. The thread that called `run` may end the process, once the other handlers have
/// run.
pub(crate) fn stop_if_abandoned() {
    let (run, me) = (state(), sys::thread_key());
    if run.may_not_exit(me) {
        park(run);
    }
    if run.is_abandoned(me) {
        wait_until_finished(run);
    }
}

/// The run as the calling thread finds it.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    /// The calling thread is executing a handler.
    pub(crate) is_in_handler: bool,
    /// The calling thread is inside libc's `exit`, and ends the process.
    pub(crate) is_inside_exit: bool,
    /// Another thread ends the process.
    pub(crate) another_exits: bool,
    /// The thread of an abandoned handler is held inside libc's `exit`.
    pub(crate) holds_thread: bool,
    /// A handler timed out, and may have left work behind that still runs.
    pub(crate) has_timed_out: bool,
    /// The budget is spent, so that the process ends without anything else.
    pub(crate) ends_at_once: bool,
}

/// Reads the run.
pub(crate) fn seen() -> Seen {
    let (run, me) = (state(), sys::thread_key());
    Seen {
        is_in_handler: run.is_inside(me),
        is_inside_exit: run.exiting.is_inside() && run.exiting.is(me),
        another_exits: run.exiting.thread().is_some_and(|exiting| exiting != me),
        holds_thread: run.exiting.has_held(),
        has_timed_out: run.has_timed_out,
        ends_at_once: Ending::of(&run).at_once,
    }
}

/// What the hook of libc has to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing to do.
    Nothing,
    /// Nothing to do, because there were no handlers: the run has finished with this call.
    NoHandlers,
    /// Handlers are waiting or running.
    Run,
    /// The run has finished, and the calling thread ends the process in place of another one.
    Conclude,
}

/// Whether [`need`] has returned to the calling thread, after the run, that there is nothing to do,
/// and always will.
pub(crate) fn is_hook_done() -> bool {
    HOOK_DONE.load(Ordering::Relaxed) == sys::thread_key()
}

/// Finds out what the hook has to do. With nothing to do, it takes two free locks and makes no
/// system call.
///
/// With nothing to run, the calling thread, which is inside libc's `exit`, becomes the exiting
/// thread. If another thread is inside `exit` already, the calling thread stops here: two threads
/// in `exit` corrupt libc's memory.
pub(crate) fn need(status: Option<i32>) -> Need {
    let me = sys::thread_key();
    let mut run = state();
    run.note_std_printed(me);
    if run.must_be_held(me) {
        hold(run);
    }
    let nothing = match run.phase {
        Phase::Running => return Need::Run,
        Phase::Finished => Need::Nothing,
        Phase::Idle => {
            let mut table = registry::table();
            if has_handlers(&table) {
                return Need::Run;
            }
            run.end(&mut table);
            Need::NoHandlers
        }
    };
    // The first thread has renounced, as in a `main` that awaited its handlers: its status stays.
    let is_second = run.exiting.thread().is_none() && run.reason() != ExitReason::Requested;
    match run.exiting.claim_inside(me, status) {
        Claim::Mine if is_second => Need::Conclude,
        Claim::Mine => {
            HOOK_DONE.store(me, Ordering::Relaxed);
            nothing
        }
        Claim::TakenOver => Need::Conclude,
        Claim::Refused => park(run),
    }
}

/// Whether the run has not begun, and there are handlers, of this process or of its parent.
pub(crate) fn may_begin() -> bool {
    state().phase == Phase::Idle && has_handlers(&registry::table())
}

fn has_handlers(table: &Table) -> bool {
    !handlers().is_empty() || !table.is_empty() || table.has_foreign()
}

/// Notes that the process ended, with nothing to run, before the engine was needed: this thread is
/// inside libc's `exit`, with this status.
pub(crate) fn has_ended(thread: ThreadKey, status: Option<i32>) {
    let mut run = state();
    if run.phase == Phase::Idle {
        run.end(&mut registry::table());
        run.exiting.claim_inside(thread, status);
    }
}

impl Run {
    /// Whether `thread`, which is inside libc's `exit`, belongs to an abandoned handler, and does
    /// not end the process all the same.
    pub(super) fn must_be_held(&self, thread: ThreadKey) -> bool {
        self.may_not_exit(thread) && !self.exiting.is(thread)
    }
}

/// Holds the calling thread inside libc's `exit`, where an abandoned handler asked for the end of
/// the process, which does not count. Ends the process when the exiting thread needs that: std or
/// libc lets no other thread than the calling one do it.
pub(super) fn hold(mut run: Locked<Run>) -> ! {
    let me = sys::thread_key();
    run.exiting.note_held();
    let mut line = Line::new();
    if run.reason() == ExitReason::Requested && run.exiting.thread().is_none() {
        run.report_held(me, &mut line);
    }
    drop(run);
    line.print();
    let mut run = state();
    run.stopped.note_waiting();
    loop {
        if let Some(code) = run.exiting.release(me) {
            run.stopped.note_resumed();
            drop(run);
            sys::change_status(code);
        }
        run = wait_for_change(run, None);
    }
}

/// To be called by the exiting thread before it enters std or libc with this status. There it may
/// be stopped, because a held thread is inside already. Does not return in that case: the held
/// thread ends the process.
pub(crate) fn leave_with(code: i32) {
    let mut run = state();
    let is_handed_over = run.exiting.leave_with(code);
    notify_change(run);
    if is_handed_over {
        park(state());
    }
}

/// Lets another thread than the calling one end the process.
#[cfg(feature = "async")]
pub(crate) fn renounce_exit() {
    state().exiting.renounce(sys::thread_key());
}

/// Whether the process ends: a thread ends it, or the handlers have run for its end, and the thread
/// of `main` has not returned yet.
pub(crate) fn is_ending() -> bool {
    let run = state();
    let has_run = || {
        run.phase == Phase::Finished
            && !matches!(run.reason(), ExitReason::Requested | ExitReason::Unload)
    };
    run.exiting.thread().is_some() || has_run()
}

/// Ends a wait in [`wait_until_ending`], also one that has not begun.
pub(crate) fn end_grace() {
    let mut run = state();
    run.is_drained = true;
    notify_change(run);
}

/// Which thread waits for the end of a grace.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiter {
    /// The one of `main`, when that has ended.
    Main,
    /// The one that ends the process as a signal or a request asked for.
    Ending,
}

/// Waits until a thread ends the process or the grace is ended, at most until `end`. Returns
/// whether that time was used up. `main` goes first when it waits as well: it knows the status with
/// which it failed.
pub(crate) fn wait_until_ending(end: Moment, waiter: Waiter) -> bool {
    let mut run = state();
    if waiter == Waiter::Main {
        // Its own wait ends at `end` at the latest.
        run.main_goes_first_until = Some(Moment::NEVER);
    }
    let is_expired = loop {
        if run.exiting.thread().is_some() {
            break false;
        }
        let now = Moment::now();
        let first = run.main_goes_first_until.filter(|until| now < *until);
        if let Some(until) = first
            && waiter == Waiter::Ending
        {
            run = supervision::sleep(run, until, now);
            continue;
        }
        if run.is_drained {
            break false;
        }
        if end <= now {
            break true;
        }
        run = supervision::sleep(run, end, now);
    };
    if waiter == Waiter::Main {
        run.main_goes_first_until = Some(Moment::now().plus(MAIN_FIRST_TIMEOUT));
        notify_change(run);
    }
    is_expired
}
