//! Tasks of tokio whose panic ends the program.
//!
//! tokio wakes the waker that last polled the handle of a task when the task has ended. Here that
//! waker is not another task's: it polls the handle itself, and so needs no task and no runtime.

use crate::process::watch::{Watch, note_panic, sealed::Sealed};
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;
use tokio::task::{AbortHandle, JoinError, JoinHandle, Unconstrained, unconstrained};

/// A watched task; returned by [`watch`](crate::watch). If it is dropped, the task continues, and
/// is watched further.
///
/// As a future it is ready when the task has ended, and returns what the handle of the task would.
///
/// ```
/// use exitmacro::{WatchedTask, watch};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let task: WatchedTask<u32> = watch(tokio::spawn(async { 6 * 7 }));
/// assert_eq!(task.await.ok(), Some(42));
/// # });
/// ```
#[must_use = "what the task returns is lost unless this is awaited; drop it if that is intended"]
pub struct WatchedTask<T> {
    task: Arc<Task<T>>,
    abort: AbortHandle,
}

struct Task<T> {
    state: Mutex<State<T>>,
    place: &'static Location<'static>,
}

enum State<T> {
    /// The handle, and what is woken when the task has ended. Polled without regard to how much the
    /// task that ended had left of its share of the thread: it would have to be polled once more.
    Running { handle: Unconstrained<JoinHandle<T>>, waker: Option<Waker> },
    /// What the task returned, until it is taken.
    Ended(Option<Result<T, JoinError>>),
}

impl<T> Task<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + 'static> Task<T> {
    /// Looks whether the task has ended, and has itself woken otherwise.
    fn look(self: &Arc<Self>) {
        let waker = Waker::from(Arc::clone(self));
        let mut state = self.lock();
        let State::Running { handle, .. } = &mut *state else { return };
        let Poll::Ready(output) = Pin::new(handle).poll(&mut Context::from_waker(&waker)) else {
            return;
        };
        let has_panicked = output.as_ref().is_err_and(JoinError::is_panic);
        let before = core::mem::replace(&mut *state, State::Ended(Some(output)));
        drop(state);
        if has_panicked {
            note_panic(&"a task", self.place);
        }
        if let State::Running { waker: Some(waker), .. } = before {
            waker.wake();
        }
    }
}

/// Called by tokio, on the thread that ran the task.
impl<T: Send + 'static> Wake for Task<T> {
    fn wake(self: Arc<Self>) {
        self.look();
    }
}

impl<T> WatchedTask<T> {
    /// Cancels the task, as `abort` of tokio's `JoinHandle` does. That does not end the program.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let task = exitmacro::watch(tokio::spawn(std::future::pending::<()>()));
    /// task.abort();
    /// assert!(task.await.is_err_and(|error| error.is_cancelled()));
    /// # });
    /// ```
    pub fn abort(&self) {
        self.abort.abort();
    }

    /// Whether the task has ended.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let task = exitmacro::watch(tokio::spawn(std::future::pending::<()>()));
    /// assert!(!task.is_finished());
    /// # });
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.abort.is_finished()
    }
}

impl<T> Future for WatchedTask<T> {
    type Output = Result<T, JoinError>;

    /// # Panics
    ///
    /// When it is polled after it was ready, as the handle of a task does.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Code of the runtime: not under the lock.
        let new = context.waker().clone();
        let mut state = self.task.lock();
        match &mut *state {
            State::Running { waker, .. } => {
                let replaced = waker.replace(new);
                drop(state);
                drop(replaced);
                Poll::Pending
            }
            State::Ended(output) => {
                let output = output.take();
                drop(state);
                Poll::Ready(output.expect("a `WatchedTask` is not polled after it was ready"))
            }
        }
    }
}

impl<T> fmt::Debug for WatchedTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedTask").field("is_finished", &self.is_finished()).finish()
    }
}

impl<T> Sealed for JoinHandle<T> {}

impl<T: Send + 'static> Watch for JoinHandle<T> {
    type Watched = WatchedTask<T>;

    fn watched_at(self, place: &'static Location<'static>) -> WatchedTask<T> {
        let abort = self.abort_handle();
        let state = State::Running { handle: unconstrained(self), waker: None };
        let task = Arc::new(Task { state: Mutex::new(state), place });
        task.look();
        WatchedTask { task, abort }
    }
}
