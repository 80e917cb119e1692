//! Tracked values that are closed by a future: in a task of the runtime in which the last handle
//! drops, by `close_async`, or at exit.
//!
//! A future may be dropped before it has finished: when the runtime of its task ends, or with that
//! of `close_async`. The value is open again then, and the exit run closes it.

use crate::handler::Returned;
#[cfg(feature = "tokio")]
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::id::HandlerId;
use crate::handler::raw::Shared;
use crate::report::line::say;
use crate::resource::cleanup::{AtExitCleanup, CleanupError};
#[cfg(feature = "tokio")]
use crate::resource::closing_tasks;
use crate::resource::doer;
use crate::resource::tracked::Tracked;
use crate::resource::tracked_state::{CLOSED, CLOSING, Closing, Inner, OPEN, take_back};
#[cfg(feature = "tokio")]
use crate::resource::tracked_state::{QUEUED, end_by_last};
use crate::run;
#[cfg(feature = "tokio")]
use crate::times::TASK_LOOK;
#[cfg(feature = "tokio")]
use core::cell::Cell;
use core::future::poll_fn;
use core::sync::atomic::Ordering;
#[cfg(feature = "tokio")]
use tokio::runtime::Handle;

impl<T: AtExitCleanup> Inner<T> {
    /// Closes it, unless it is closed, or waits until it is.
    pub(super) fn close_async_at_exit(&self, exit: &ExitContext) -> Returned {
        let task = TaskWatch::new(self.address());
        loop {
            if self.passes(OPEN, CLOSING) || self.is_taken_from_a_stuck_task(&task, exit) {
                self.closer.set_to_this_thread();
                let _closing = Closing(&self.state);
                return doer::closing(self.generation, || match self.value.closing() {
                    Some(closing) => run::driven(closing, exit),
                    None => crate::handler::returned(self.value.cleanup()),
                });
            }
            let is_stuck = || self.state() == CLOSING && task.is_stuck(exit);
            // A thread that is in the middle of it shows itself whether it continues.
            let is_settled = || {
                matches!(self.state(), OPEN | CLOSED)
                    || !self.closer.is_set() && task.is_stuck(exit)
            };
            self.closer
                .wait_for(is_settled, "is closing the value", exit)
                .map_err(|busy| format!("busy: {busy} is in the middle of closing it"))?;
            if self.state() == CLOSED {
                return Ok(());
            }
            if is_stuck() {
                return Err("busy: a task is in the middle of closing it, and its runtime is \
                            blocked or has ended"
                    .to_owned()
                    .into());
            }
        }
    }

    #[cfg(feature = "tokio")]
    fn is_taken_from_a_stuck_task(&self, task: &TaskWatch, exit: &ExitContext) -> bool {
        self.state() == QUEUED && task.is_stuck(exit) && self.passes(QUEUED, CLOSING)
    }

    #[cfg(not(feature = "tokio"))]
    fn is_taken_from_a_stuck_task(&self, _task: &TaskWatch, _exit: &ExitContext) -> bool {
        false
    }

    /// Identifies the value among others.
    fn address(&self) -> usize {
        core::ptr::from_ref(&self.state).addr()
    }
}

/// Looks whether the runtime of the task that closes a value runs tasks.
struct TaskWatch {
    #[cfg(feature = "tokio")]
    value: usize,
    /// When it looks again.
    #[cfg(feature = "tokio")]
    next: Cell<Moment>,
}

#[cfg(feature = "tokio")]
impl TaskWatch {
    fn new(value: usize) -> Self {
        Self { value, next: Cell::new(Moment::now()) }
    }

    /// A runtime that was stuck once stays so.
    fn is_stuck(&self, exit: &ExitContext) -> bool {
        if self.next.get() == Moment::NEVER {
            return true;
        }
        if Moment::now() < self.next.get() {
            return false;
        }
        let is_stuck = closing_tasks::runtime_of(self.value)
            .is_some_and(|runtime| !run::tokio_runtime::runs_tasks(&runtime, exit.deadline));
        let next = if is_stuck { Moment::NEVER } else { Moment::now().plus(TASK_LOOK) };
        self.next.set(next);
        is_stuck
    }
}

#[cfg(not(feature = "tokio"))]
impl TaskWatch {
    fn new(_value: usize) -> Self {
        Self {}
    }

    fn is_stuck(&self, _exit: &ExitContext) -> bool {
        false
    }
}

/// A future that closes the value. Dropped before it has finished, it leaves the value open.
struct Closer<T: AtExitCleanup + 'static> {
    inner: Shared<Inner<T>>,
    id: Option<HandlerId>,
    /// Whether it is the one that closes the value.
    is_closing: bool,
    /// Whether the future of the value has ended, if only by its own panic. A panic of other code
    /// that drops the future leaves it pending.
    has_ended: bool,
    /// Whether its runtime is noted. A closer that came too late must leave the note of another.
    #[cfg(feature = "tokio")]
    is_noted: bool,
}

impl<T: AtExitCleanup + 'static> Closer<T> {
    fn of(inner: &Shared<Inner<T>>, id: Option<HandlerId>) -> Self {
        Self {
            inner: inner.clone(),
            id,
            is_closing: false,
            has_ended: false,
            #[cfg(feature = "tokio")]
            is_noted: false,
        }
    }

    /// The value is in this state, and is the closer's from now on.
    fn begins_from(&mut self, state: u8) -> bool {
        self.is_closing = self.inner.passes(state, CLOSING);
        self.is_closing
    }

    #[cfg(feature = "tokio")]
    fn note(&mut self, runtime: Handle) {
        closing_tasks::note(self.inner.address(), runtime);
        self.is_noted = true;
    }

    async fn close(&mut self) -> Result<(), CleanupError> {
        let result = {
            let mut closing = self.inner.value.closing_part();
            poll_fn(|context| {
                // Stays so when the poll panics.
                self.has_ended = true;
                self.inner.closer.set_to_this_thread();
                let polled = closing.as_mut().poll(context);
                self.has_ended = polled.is_ready();
                if polled.is_pending() {
                    // Any thread may continue.
                    self.inner.closer.set_to_none();
                }
                polled
            })
            .await
        };
        self.is_closing = false;
        self.inner.state.store(CLOSED, Ordering::Release);
        take_back(&mut self.inner, self.id);
        result
    }

    /// Whether no exit run closes the value.
    fn is_last_to_close(&self) -> bool {
        self.id.is_none() || run::is_finished()
    }

    /// What the task does.
    #[cfg(feature = "tokio")]
    async fn close_queued(mut self) {
        // Otherwise the exit run closes it.
        if self.begins_from(QUEUED)
            && let Err(error) = self.close().await
        {
            self.inner.report(self.inner.name(), &error.to_string());
        }
    }
}

impl<T: AtExitCleanup + 'static> Drop for Closer<T> {
    fn drop(&mut self) {
        #[cfg(feature = "tokio")]
        {
            if self.is_noted {
                closing_tasks::forget(self.inner.address());
            }
            if !self.is_closing && self.inner.passes(QUEUED, OPEN) && self.is_last_to_close() {
                // A task that never began, because its runtime has ended. That waits for the
                // future, as for any other value that a runtime drops when it ends.
                let id = self.id;
                end_by_last(&mut self.inner, id, |inner| inner.failure_of_closing());
            }
        }
        if !self.is_closing {
            return;
        }
        if self.has_ended {
            self.inner.state.store(CLOSED, Ordering::Release);
            take_back(&mut self.inner, self.id);
            return;
        }
        self.inner.state.store(OPEN, Ordering::Release);
        if self.is_last_to_close() {
            say(format_args!(
                "closing `{}` ({}) did not finish: its future was dropped",
                self.inner.name(),
                self.inner.place()
            ));
        }
    }
}

impl<T: AtExitCleanup + 'static> Tracked<T> {
    /// Closes the value now, for all handles, by awaiting the future of a type that is closed by
    /// one. Does nothing if it is closed already, or about to be.
    ///
    /// If the future is dropped before it has finished, the value is not closed: its last handle
    /// closes it again, or the exit run. [`close`](Self::close) drives the future on the calling
    /// thread, which does nothing else meanwhile: use that outside of async code.
    ///
    /// # Errors
    ///
    /// The error of the method that closes it.
    ///
    /// ```
    /// use exitmacro::{AtExitCleanup, CleanupError, Tracked, track};
    ///
    /// #[derive(AtExitCleanup)]
    /// #[cleanup(with = close)]
    /// struct Session;
    ///
    /// impl Session {
    ///     async fn close(&self) -> std::io::Result<()> {
    ///         // Say goodbye, and await the answer.
    ///         Ok(())
    ///     }
    /// }
    ///
    /// async fn serve() -> Result<(), CleanupError> {
    ///     let session = track(Session);
    ///     // …
    ///     Tracked::close_async(session).await
    /// }
    /// # _ = serve;
    /// ```
    pub async fn close_async(tracked: Self) -> Result<(), CleanupError> {
        if tracked.is_foreign() {
            tracked.inner.discard_once();
            return Ok(());
        }
        let mut closer = Closer::of(&tracked.inner, tracked.id);
        if !closer.begins_from(OPEN) {
            return Ok(());
        }
        #[cfg(feature = "tokio")]
        if let Ok(runtime) = Handle::try_current() {
            closer.note(runtime);
        }
        closer.close().await
    }
}

#[cfg(feature = "tokio")]
impl<T: AtExitCleanup + 'static> Shared<Inner<T>> {
    /// Closes the value in a task of the runtime that the calling thread is in. `false` without a
    /// runtime.
    pub(super) fn is_left_to_a_task(&self, id: Option<HandlerId>) -> bool {
        let Ok(runtime) = Handle::try_current() else { return false };
        if self.passes(OPEN, QUEUED) {
            let mut closer = Closer::of(self, id);
            closer.note(runtime.clone());
            runtime.spawn(closer.close_queued());
        }
        true
    }
}
