//! How a value is closed that is in a `Mutex`, where it may be changed for that.

use crate::awaited;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, TakenOut};
use crate::resource::parts;
use crate::sys;
use core::ops::DerefMut;
use std::io::{BufWriter, Write};
use std::sync::{Mutex, PoisonError};

/// What a `Mutex` can close: every value that can be closed, and some that must be changed for it.
///
/// ```
/// use exitmacro::AtExitCleanup;
/// use std::io::{BufWriter, Write};
/// use std::sync::Mutex;
///
/// let log = Mutex::new(BufWriter::new(Vec::new()));
/// log.lock().unwrap().write_all(b"the last line")?;
/// log.cleanup()?; // Flushes, with the lock.
/// assert_eq!(log.lock().unwrap().get_ref(), b"the last line");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait InMutex: Send {
    #[doc(hidden)]
    fn cleanup_in_mutex(&mut self) -> Result<(), CleanupError>;

    #[doc(hidden)]
    fn take_out_of_mutex<'a>(&mut self) -> Option<TakenOut<'a>>
    where
        Self: 'a,
    {
        None
    }

    #[doc(hidden)]
    fn discard_in_mutex(&mut self) {}
}

impl<T: AtExitCleanup + ?Sized> InMutex for T {
    fn cleanup_in_mutex(&mut self) -> Result<(), CleanupError> {
        self.cleanup_mut()
    }

    fn take_out_of_mutex<'a>(&mut self) -> Option<TakenOut<'a>>
    where
        Self: 'a,
    {
        self.take_out()
    }

    fn discard_in_mutex(&mut self) {
        self.discard();
    }
}

impl<W: Write + Send> InMutex for BufWriter<W> {
    fn cleanup_in_mutex(&mut self) -> Result<(), CleanupError> {
        Ok(self.flush()?)
    }
}

/// Closes what is behind a lock. What is taken out is closed when the lock is free, and what other
/// threads have put there meanwhile after that.
pub(super) fn close_behind_lock<T, G>(lock: impl Fn() -> G) -> Result<(), CleanupError>
where
    T: InMutex + ?Sized,
    G: DerefMut<Target = T>,
{
    let mut results = Vec::new();
    loop {
        let mut value = lock();
        let Some(close) = value.take_out_of_mutex() else {
            results.push(value.cleanup_in_mutex());
            return CleanupError::gather(results);
        };
        drop(value);
        results.push(close());
    }
}

impl<T: InMutex + ?Sized> AtExitCleanup for Mutex<T> {
    fn cleanup(&self) -> Result<(), CleanupError> {
        let lock = || self.lock().unwrap_or_else(PoisonError::into_inner);
        close_behind_lock(|| {
            sys::if_free(self.try_lock())
                .unwrap_or_else(|| awaited::during(parts::lock_of::<Self>, lock))
        })
    }

    fn discard(&self) {
        // Never waits: in a forked child, a thread that does not exist may hold the lock.
        if let Some(mut value) = sys::if_free(self.try_lock()) {
            value.discard_in_mutex();
        }
    }
}
