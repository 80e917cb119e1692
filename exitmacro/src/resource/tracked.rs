//! A value that is closed at the end of its scope or of the process.
//!
//! The table of handlers holds one reference to the value, and each handle of the user another one,
//! counted separately. When the last handle drops, the value is closed while the table still has
//! it: an exit run at that moment finds it and waits until it is closed.

use crate::fork::generation;
use crate::handler::id::HandlerId;
use crate::handler::raw::{Action, Shared};
use crate::register;
use crate::registry;
use crate::resource::cleanup::{AtExitCleanup, CleanupError};
#[cfg(feature = "async")]
use crate::resource::closing::of_async_value;
use crate::resource::doer::Doer;
use crate::resource::tracked_state::{Inner, OPEN, Registered, end_by_last, take_back};
use core::fmt;
use core::ops::Deref;
use core::panic::Location;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// A handle to a value that is closed once: by [`close`](Self::close), when the last handle drops,
/// or at exit. Returned by [`track`].
///
/// Clone a handle to share it; it gives access by `Deref`, also after the value was closed at exit.
///
/// ```
/// use exitmacro::{Tracked, track};
/// use std::io::{BufWriter, Write};
/// use std::sync::Mutex;
///
/// let log = track(Mutex::new(BufWriter::new(Vec::new())));
/// let same = Tracked::clone(&log);
/// log.lock().unwrap().write_all(b"the last line")?;
/// Tracked::close(log)?; // Flushes.
/// assert_eq!(same.lock().unwrap().get_ref(), b"the last line");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a value whose only handle is not bound to a name is closed at once, \
              also by `let _ =`; bind the handle to a name such as `_session`"]
pub struct Tracked<T: AtExitCleanup + 'static> {
    pub(super) inner: Shared<Inner<T>>,
    pub(super) id: Option<HandlerId>,
}

/// Closes `value` once: when the last handle to it drops, or else when the process ends, the newest
/// value of a priority first. The priority is that of its [type](AtExitCleanup::options).
///
/// The guide: [values](crate::guide::values).
///
/// # At exit, and at the end of the scope
///
/// At exit, a runner thread closes the value: at its place in the order, within its timeout, and a
/// failure counts for [`on_failure`](macro@crate::main#on_failure).
///
/// At the end of the scope, as when `main` returns, the thread that drops the last handle closes
/// the value: at once, without a limit, in no order with handlers. A failure is a line on stderr,
/// and the exit status stays. [`Tracked::close`] returns the error. Keep the handle in a static, or
/// end `main` with [`exit`](fn@crate::exit), and the exit closes the value.
///
/// # Values that are closed by an `async fn`
///
/// With the feature `tokio`, when the last handle drops in a tokio runtime, the value is closed as
/// a task there. An exit waits for that task as long as the timeout of the value allows. If the
/// runtime ends before the task has finished, or is blocked before the task begins, the exit closes
/// the value. If it is blocked later, as when the only thread of a `current_thread` runtime ends
/// the process, the value is reported as busy at once.
///
/// When the last handle drops outside of a runtime, the thread drives the future, and drops it when
/// the timeout of the type expires, or after 10 seconds. At exit the future is driven in the
/// program's runtime, as that of an `async fn` handler is. That is the runtime in which such a
/// value was first tracked, if the program names no other one.
///
/// Connections do not outlive their runtime. Where a runtime ends before the handlers run, as one
/// that `main` builds by hand and drops, await [`Tracked::close_async`] before.
///
/// # Other ends
///
/// If the handlers have run already, or there is no memory to register one, the handles still close
/// it. If the runtime ends before it begins the task, that end closes the value, and waits for it.
/// If the task has begun, a line on stderr says that it did not finish.
///
/// In a forked child the value is never closed but [discarded](AtExitCleanup::discard), when its
/// last handle drops there. A child that ends without that drop does nothing about it.
///
/// Reports name the place of the call. A call inside a function of another crate, as in
/// `values.map(track)`, is named there: write `values.map(|value| track(value))`.
///
/// ```
/// use exitmacro::{AtExitCleanup, CleanupError, Tracked, track};
///
/// struct Session;
///
/// impl AtExitCleanup for Session {
///     fn cleanup(&self) -> Result<(), CleanupError> {
///         println!("bye");
///         Ok(())
///     }
/// }
///
/// let session = track(Session);
/// let same = Tracked::clone(&session);
/// drop(session);
/// Tracked::close(same)?; // Here, at the end of the scope, or at `std::process::exit`: once.
/// # Ok::<(), CleanupError>(())
/// ```
#[doc(alias("drop", "raii"))]
#[track_caller]
pub fn track<T: AtExitCleanup + 'static>(value: T) -> Tracked<T> {
    let location = Location::caller();
    let options = value.options();
    #[cfg(feature = "async")]
    let options = if value.is_async() { of_async_value(options) } else { options };
    let (inner, registered) = Shared::two(Inner {
        state: AtomicU8::new(OPEN),
        closer: Doer::new(),
        handles: AtomicUsize::new(1),
        location,
        generation: generation::current(),
        value,
    });
    let mut action = Some(Action::new(Registered(registered)));
    let id =
        register::insert_action(&mut action, options.priority, options.detail(), false, location)
            .ok();
    Tracked { inner, id }
}

impl<T: AtExitCleanup + 'static> Tracked<T> {
    /// Closes the value now, for all handles, on the calling thread. Does nothing if it is closed
    /// already, or about to be; nor in a forked child, where the value of the parent is discarded.
    ///
    /// The future of a type that is closed by one is dropped when the timeout of the type expires,
    /// or after 10 seconds. The value counts as closed then.
    ///
    /// # Errors
    ///
    /// The error of [`cleanup`](AtExitCleanup::cleanup), or of the future, or that this was not
    /// ready in time.
    ///
    /// # Panics
    ///
    /// When [`cleanup`](AtExitCleanup::cleanup) or the future panics. The value counts as closed.
    ///
    /// ```
    /// use exitmacro::{Tracked, track};
    ///
    /// # struct Upload;
    /// # impl exitmacro::AtExitCleanup for Upload {
    /// #     fn cleanup(&self) -> Result<(), exitmacro::CleanupError> {
    /// #         Err("no reply".into())
    /// #     }
    /// # }
    /// let upload = track(Upload);
    /// let same = Tracked::clone(&upload);
    /// assert_eq!(Tracked::close(upload).unwrap_err().to_string(), "no reply");
    /// assert!(Tracked::close(same).is_ok(), "it is closed already");
    /// ```
    pub fn close(mut tracked: Self) -> Result<(), CleanupError> {
        if tracked.is_foreign() {
            tracked.inner.discard_once();
            return Ok(());
        }
        let handle = TakenBack(&mut tracked);
        handle.0.inner.close_once().unwrap_or(Ok(()))
    }

    /// Whether the value belongs to a parent of this process, or to a child that adopted it.
    pub(super) fn is_foreign(&self) -> bool {
        registry::is_foreign(self.id, self.inner.generation)
    }
}

/// Removes the value from the table when it is closed, also when closing panicked. Not before: an
/// exit run that starts earlier finds the value, and waits.
struct TakenBack<'a, T: AtExitCleanup + 'static>(&'a mut Tracked<T>);

impl<T: AtExitCleanup + 'static> Drop for TakenBack<'_, T> {
    fn drop(&mut self) {
        take_back(&mut self.0.inner, self.0.id);
    }
}

impl<T: AtExitCleanup + 'static> Clone for Tracked<T> {
    fn clone(&self) -> Self {
        self.inner.handles.fetch_add(1, Ordering::Relaxed);
        Self { inner: self.inner.clone(), id: self.id }
    }
}

impl<T: AtExitCleanup + 'static> Drop for Tracked<T> {
    /// The last handle closes the value; an error or a panic of that goes to stderr.
    fn drop(&mut self) {
        // No thread makes another handle of the only one while that drops, so it need not be
        // counted.
        let is_last = self.inner.handles.load(Ordering::Acquire) == 1
            || self.inner.handles.fetch_sub(1, Ordering::AcqRel) == 1;
        if !is_last {
            return;
        }
        let id = self.id;
        end_by_last(&mut self.inner, id, |inner| {
            #[cfg(feature = "tokio")]
            if inner.value.is_async() && inner.is_left_to_a_task(id) {
                return None;
            }
            inner.failure_of_closing()
        });
    }
}

impl<T: AtExitCleanup + 'static> Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner.value
    }
}

impl<T: AtExitCleanup + fmt::Debug + 'static> fmt::Debug for Tracked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tracked").field(&self.inner.value).finish()
    }
}

#[cfg(test)]
#[path = "tracked_tests.rs"]
mod tests;
