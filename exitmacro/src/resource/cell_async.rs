//! How a cell gets its value by a future, while other futures that need it wait.
//!
//! No thread is noted as the one that makes the value: the future may continue on any. So a thread
//! that needs the value meanwhile does not wait, but makes one itself, or finds the cell empty. The
//! first value that is put in stays.

use crate::borrows;
use crate::error::{CellError, TryInitError};
use crate::inherited::tasks::wake;
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
    ///
    /// ```
    /// use exitmacro::{AtExitCell, TryInitError};
    /// use std::num::ParseIntError;
    ///
    /// static PORT: AtExitCell<u16> = AtExitCell::empty();
    ///
    /// async fn port(text: &str) -> Result<u16, TryInitError<ParseIntError>> {
    ///     Ok(*PORT.try_get_or_init_async(async || text.parse()).await?)
    /// }
    ///
    /// # let main = async {
    /// assert!(matches!(port("no number").await, Err(TryInitError::Init(_))));
    /// assert_eq!(port("8080").await, Ok(8080));
    /// # };
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(std::pin::pin!(main).poll(&mut context).is_ready());
    /// ```
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
        let maker = under_way().awaited.begin(self.cell, &mut self.number, &mut waker);
        match maker {
            Some(number) => Poll::Ready(Making { cell: self.cell, number }),
            None => Poll::Pending,
        }
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
struct Making {
    cell: usize,
    number: u64,
}

impl Drop for Making {
    fn drop(&mut self) {
        // In a statement of its own, so that the lock is free.
        let waiting = under_way().awaited.end(self.cell, self.number);
        wake(waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::future::{pending, poll_fn};
    use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
    use core::task::Waker;
    use std::sync::Arc;
    use std::task::Wake;

    type Waiting = Pin<Box<dyn Future<Output = ()>>>;

    /// How often it was woken.
    #[derive(Default)]
    struct Counted(AtomicUsize);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    fn is_pending(future: &mut Waiting, counted: &Arc<Counted>) -> bool {
        let waker = Waker::from(Arc::clone(counted));
        future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
    }

    /// A future that makes the value and never ends, or waits for another one that makes it.
    fn polled_once(cell: &'static AtExitCell<u8>, counted: &Arc<Counted>) -> Waiting {
        let mut future: Waiting = Box::pin(async { drop(cell.get_or_init_async(pending).await) });
        assert!(is_pending(&mut future, counted));
        future
    }

    #[test]
    fn a_future_that_gives_up_leaves_no_waker_behind() {
        static CELL: AtExitCell<u8> = AtExitCell::empty();
        let _maker = polled_once(&CELL, &Arc::default());
        let counts: [Arc<Counted>; 50] = core::array::from_fn(|_| Arc::default());
        let waiting: Vec<_> = counts.iter().map(|counted| polled_once(&CELL, counted)).collect();
        assert!(counts.iter().all(|counted| Arc::strong_count(counted) == 2));
        drop(waiting);
        assert!(counts.iter().all(|counted| Arc::strong_count(counted) == 1));
    }

    #[test]
    fn the_last_waker_of_each_future_is_woken_when_the_maker_is_dropped() {
        static CELL: AtExitCell<u8> = AtExitCell::empty();
        let maker = polled_once(&CELL, &Arc::default());
        let counts: [Arc<Counted>; 4] = core::array::from_fn(|_| Arc::default());
        let [first, second, other, gone] = &counts;
        let mut moved = polled_once(&CELL, first);
        assert!(is_pending(&mut moved, second));
        let _other = polled_once(&CELL, other);
        drop(polled_once(&CELL, gone));
        drop(maker);
        assert_eq!(counts.each_ref().map(|counted| counted.0.load(Relaxed)), [0, 1, 1, 0]);
    }

    #[test]
    fn all_that_wait_are_woken_when_the_maker_ends() {
        static CELL: AtExitCell<u8> = AtExitCell::empty();
        static FAILS: AtomicBool = AtomicBool::new(false);
        let fails = |_: &mut Context<'_>| match FAILS.load(Relaxed) {
            true => Poll::Ready(Err("no luck")),
            false => Poll::Pending,
        };
        let made = CELL.try_get_or_init_async(move || poll_fn(fails));
        let mut maker: Waiting = Box::pin(async { drop(made.await) });
        assert!(is_pending(&mut maker, &Arc::default()));
        let counts: [Arc<Counted>; 3] = core::array::from_fn(|_| Arc::default());
        let _waiting = counts.each_ref().map(|counted| polled_once(&CELL, counted));
        FAILS.store(true, Relaxed);
        assert!(!is_pending(&mut maker, &Arc::default()));
        assert_eq!(counts.map(|counted| counted.0.load(Relaxed)), [1; 3]);
    }
}
