//! How a cell gets its value by a future, while other futures that need it wait.
//!
//! No thread is noted as the one that makes the value: the future may continue on any. So a thread
//! that needs the value meanwhile does not wait, but makes one itself, or finds the cell empty. The
//! first value that is put in stays.

use crate::borrows;
use crate::error::{CellError, TryInitError};
use crate::process::shutdown;
use crate::resource::cell::AtExitCell;
use crate::resource::cell_fill::under_way;
use crate::resource::cell_guard::CellGuard;
use core::convert::Infallible;
use core::panic::Location;
use core::pin::Pin;
use core::sync::atomic::Ordering;
use core::task::{Context, Poll};

impl<T: Send + Sync + 'static> AtExitCell<T> {
    /// Returns the value, made by the future of `init` if there is none yet. Other futures that
    /// call this meanwhile wait for that value.
    ///
    /// If the future is dropped or panics before the value is made, the next one makes it. A thread
    /// that calls [`get_or_init`](Self::get_or_init) meanwhile does not wait; then the first value
    /// that is made stays, and the other one is dropped. An initialisation that awaits its own cell
    /// is never ready.
    ///
    /// The guard belongs to a thread: do not keep it across an `.await`. Give the cell a value that
    /// can be cloned, as a pool can, and clone it.
    ///
    /// # Errors
    ///
    /// [`CellError::Closed`] when the value was dropped at exit, or is about to be;
    /// [`CellError::NeverMade`] when the handlers have run without one.
    ///
    /// ```
    /// use exitmacro::{AtExitCell, CellError};
    ///
    /// # #[derive(Clone)] struct Pool;
    /// # impl Pool { async fn connect() -> Self { Pool } }
    /// static POOL: AtExitCell<Pool> = AtExitCell::empty();
    ///
    /// async fn pool() -> Result<Pool, CellError> {
    ///     Ok(POOL.get_or_init_async(Pool::connect).await?.clone())
    /// }
    /// # _ = pool;
    /// ```
    #[track_caller]
    pub fn get_or_init_async<F, Made>(
        &'static self,
        init: F,
    ) -> impl Future<Output = Result<CellGuard<T>, CellError>>
    where
        F: FnOnce() -> Made,
        Made: Future<Output = T>,
    {
        let guard = self.try_get_or_init_async(async || Ok::<T, Infallible>(init().await));
        async {
            guard.await.map_err(|error| match error {
                TryInitError::Cell(error) => error,
                TryInitError::Init(never) => match never {},
            })
        }
    }

    /// Returns the value, made by the future of `init` if there is none yet; see
    /// [`get_or_init_async`](Self::get_or_init_async). If that fails, the cell stays empty, and the
    /// next future tries again.
    ///
    /// # Errors
    ///
    /// [`TryInitError::Init`] with the error of `init`; [`TryInitError::Cell`] with those of
    /// [`get_or_init_async`](Self::get_or_init_async).
    #[track_caller]
    pub fn try_get_or_init_async<E, F, Made>(
        &'static self,
        init: F,
    ) -> impl Future<Output = Result<CellGuard<T>, TryInitError<E>>>
    where
        F: FnOnce() -> Made,
        Made: Future<Output = Result<T, E>>,
    {
        let location = Location::caller();
        async move {
            // Not a `match` around both: the future would contain a guard, and not be `Send`.
            if let Some(guard) = self.read(location) {
                return Ok(guard);
            }
            let making = Turn { cell: self.address(), number: None }.await;
            if self.is_closing.load(Ordering::Acquire) {
                return Err(TryInitError::Cell(self.why_closed()));
            }
            if self.is_ready.load(Ordering::Acquire) {
                return self.wait_for_value(location);
            }
            borrows::begin();
            let value = init().await.map_err(TryInitError::Init)?;
            let guard = self.fill(value, location);
            drop(making);
            guard
        }
    }
}

/// Ready when no other future makes the value of the cell, or no longer. Dropped before that, it
/// leaves nothing behind.
struct Turn {
    cell: usize,
    number: Option<u64>,
}

impl Future for Turn {
    type Output = Making;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Making> {
        // Cloned and dropped without the lock: both are code of the executor.
        let mut waker = Some(context.waker().clone());
        let is_mine = under_way().awaited.begin(self.cell, &mut self.number, &mut waker);
        if is_mine { Poll::Ready(Making(self.cell)) } else { Poll::Pending }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let waker = under_way().awaited.give_up(self.cell, number);
        // Without the lock.
        drop(waker);
    }
}

/// A future makes the value of the cell at this address. The next one does when this is dropped.
struct Making(usize);

impl Drop for Making {
    fn drop(&mut self) {
        // In a statement of its own, so that the lock is free.
        let waiting = under_way().awaited.end(self.0);
        shutdown::wake(waiting);
    }
}
