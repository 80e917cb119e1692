//! What the handles of a tracked value share with the table: the value, and who closes it.

use crate::handler::context::ExitContext;
use crate::handler::id::HandlerId;
use crate::handler::raw::Shared;
use crate::handler::{Callback, Location as Place, Returned};
use crate::registry;
use crate::report::line::say;
use crate::resource::cleanup::{AtExitCleanup, CleanupError};
#[cfg(feature = "async")]
use crate::resource::closing::closed_in_time;
use crate::resource::doer::{self, Doer};
use crate::run::{ExitRequest, panic_text};
use core::any::TypeId;
use core::panic::Location;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

pub(super) const OPEN: u8 = 0;
pub(super) const CLOSING: u8 = 1;
pub(super) const CLOSED: u8 = 2;
/// A task that is to close it has not begun.
#[cfg(feature = "tokio")]
pub(super) const QUEUED: u8 = 3;

pub(super) struct Inner<T> {
    pub(super) state: AtomicU8,
    pub(super) closer: Doer,
    pub(super) handles: AtomicUsize,
    pub(super) location: &'static Location<'static>,
    /// The process that it was tracked in.
    pub(super) generation: u32,
    pub(super) value: T,
}

/// The name of a value, and why it could not be closed. In a box: mostly there is none, which fits
/// into a register then.
pub(super) type Failure = Box<(&'static str, String)>;

/// Marks the value as closed, also when closing panics.
pub(super) struct Closing<'a>(pub(super) &'a AtomicU8);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.store(CLOSED, Ordering::Release);
    }
}

impl<T: AtExitCleanup> Inner<T> {
    /// Changes the state; `false` if it is another one than `from`.
    pub(super) fn passes(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub(super) fn state(&self) -> u8 {
        self.state.load(Ordering::Acquire)
    }

    /// Closes the value, if no thread has. `None` when another thread has, or is about to.
    #[inline]
    pub(super) fn close_once(&self) -> Option<Result<(), CleanupError>> {
        #[cfg(feature = "async")]
        return self.close_once_by(|value| {
            // Another thread may drive the future.
            closed_in_time(value, || self.closer.set_to_this_thread())
        });
        #[cfg(not(feature = "async"))]
        self.close_once_by(T::cleanup)
    }

    fn close_once_by(
        &self,
        close: impl FnOnce(&T) -> Result<(), CleanupError>,
    ) -> Option<Result<(), CleanupError>> {
        if !self.passes(OPEN, CLOSING) {
            return None;
        }
        self.closer.set_to_this_thread();
        let _closing = Closing(&self.state);
        Some(doer::closing(self.generation, || close(&self.value)))
    }

    /// Closes the value, if no thread has. When that fails, its name and the error; both are code
    /// of the user as well, and may panic.
    pub(super) fn failure_of_closing(&self) -> Option<Failure> {
        let error = self.close_once()?.err()?;
        Some(Box::new((self.name(), error.to_string())))
    }

    pub(super) fn discard_once(&self) {
        if self.state.swap(CLOSED, Ordering::AcqRel) == OPEN {
            self.value.discard();
        }
    }

    /// Closes it, unless it is closed, or waits until it is.
    fn close_at_exit(&self, exit: &ExitContext) -> Returned {
        #[cfg(feature = "async")]
        if self.value.is_async() {
            return self.close_async_at_exit(exit);
        }
        match self.close_once_by(|value| value.cleanup_in_time(exit)) {
            Some(result) => result.map_err(|error| error.to_string().into()),
            // Another thread is dropping its last handle: the process must not end before that has
            // finished.
            None => {
                self.value.hasten(exit);
                self.closer
                    .wait_for(|| self.state() == CLOSED, "is closing the value", exit)
                    .map_err(|busy| format!("busy: {busy} is in the middle of closing it").into())
            }
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.value.options().name.unwrap_or_else(core::any::type_name::<T>)
    }

    pub(super) fn place(&self) -> Place {
        Place::new(self.location.file(), self.location.line())
    }

    /// Prints why the value could not be closed, where no caller gets the error.
    #[cold]
    pub(super) fn report(&self, name: &str, error: &str) {
        say(format_args!("closing `{name}` ({}) failed: {error}", self.place()));
    }

    /// Prints that the value could not be closed. Continues the unwinding of a handler that called
    /// `exit`.
    #[cold]
    fn report_or_resume(&self, closed: thread::Result<Option<Failure>>) {
        match closed {
            Ok(None) => {}
            Ok(Some(failure)) => self.report(failure.0, &failure.1),
            // Not a panic: it ends the handler that dropped the value.
            Err(payload) if payload.is::<ExitRequest>() && !thread::panicking() => {
                resume_unwind(payload)
            }
            Err(payload) => {
                // The options may be what panicked.
                let name = catch_unwind(AssertUnwindSafe(|| self.name()));
                say(format_args!(
                    "closing `{}` ({}) panicked: {}",
                    name.unwrap_or_else(|_| core::any::type_name::<T>()),
                    self.place(),
                    panic_text(&*payload)
                ));
                // Not dropped: it could panic in turn.
                core::mem::forget(payload);
            }
        }
    }
}

/// Closes the value by `close`, for the last of those that use it, if it is not closed; in another
/// process than the value's discards it. An error goes to stderr, and so does a panic.
#[inline]
pub(super) fn end_by_last<T: AtExitCleanup + 'static>(
    inner: &mut Shared<Inner<T>>,
    id: Option<HandlerId>,
    close: impl FnOnce(&Shared<Inner<T>>) -> Option<Failure>,
) {
    let is_foreign = registry::is_foreign(id, inner.generation);
    if is_foreign {
        // Without an entry of the table, which would keep it, the value would be dropped here.
        core::mem::forget(inner.clone());
    }
    if inner.state() == CLOSED {
        return;
    }
    // The text of the error and the name are code of the user as well.
    let closed = catch_unwind(AssertUnwindSafe(|| {
        if is_foreign {
            inner.discard_once();
            return None;
        }
        close(inner)
    }));
    if !is_foreign {
        take_back(inner, id);
    }
    match closed {
        Ok(None) => {}
        failed => inner.report_or_resume(failed),
    }
}

/// Removes a closed value from the table.
pub(super) fn take_back<T: AtExitCleanup + 'static>(
    inner: &mut Shared<Inner<T>>,
    id: Option<HandlerId>,
) {
    if inner.state() == CLOSED
        && let Some(id) = id
        && let Some(Registered(registered)) = registry::take_back(id).take()
    {
        registered.drop_beside(inner);
    }
}

/// The value in the table.
pub(super) struct Registered<T>(pub(super) Shared<Inner<T>>);

impl<T: AtExitCleanup + 'static> Callback for Registered<T> {
    fn call(self, exit: &ExitContext) -> Returned {
        self.0.close_at_exit(exit)
    }

    fn type_name() -> &'static str {
        core::any::type_name::<T>()
    }

    fn value_type() -> Option<TypeId> {
        Some(TypeId::of::<T>())
    }
}
