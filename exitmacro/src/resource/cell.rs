//! A lazy static whose value is dropped at exit.
//!
//! The value lies behind a lock that users hold for reading, through guards, so that the thread
//! that drops it knows that no other one looks at it. That is what a `&'static T` could not
//! promise. The exit handler never waits in the lock's queue, where it would stop later readers: it
//! asks again and again, until its timeout expires.

use crate::error::{CellError, TryInitError};
use crate::resource::cell_guard::{CellGuard, Guards, address};
use crate::resource::cleanup::CleanupOptions;
use core::convert::Infallible;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::{RwLock, TryLockError};

/// A static that is made when it is first needed, and dropped when the process ends.
///
/// Statics of Rust are never dropped, so a database in one is never closed. This one is closed by
/// an exit handler that is registered when the value is made; a cell that is never used costs
/// nothing. Users get guards, not `&'static T`, so the value can be dropped soundly. At exit, new
/// guards are refused, and the handler waits for those that are there; when its timeout is over, it
/// reports the value as busy and leaves it. A guard of the thread that ends the process, or waits
/// for its end, is not waited for: the value is busy at once.
///
/// A forked child sees the value that its parent made, and does not drop it. A value that another
/// thread was making at that moment is made anew.
///
/// ```
/// use exitmacro::{AtExitCell, priority};
///
/// struct Database;
///
/// impl Drop for Database {
///     fn drop(&mut self) {
///         println!("closed");
///     }
/// }
///
/// static DATABASE: AtExitCell<Database> = AtExitCell::new(|| Database).priority(priority::RESOURCES);
///
/// let database = DATABASE.get()?;
/// drop(database); // Give guards back: at exit the value waits for them.
/// # Ok::<(), exitmacro::CellError>(())
/// ```
///
/// No reference to the value outlives its guard:
///
/// ```compile_fail
/// static CELL: exitmacro::AtExitCell<String> = exitmacro::AtExitCell::new(String::new);
/// let escaped: &'static String = &*CELL.get().unwrap();
/// ```
pub struct AtExitCell<T: 'static> {
    init: Option<fn() -> T>,
    pub(super) options: CleanupOptions,
    /// Set once: the value was put in.
    pub(super) is_ready: AtomicBool,
    /// Set once: the value is dropped, or about to be, and no guard is given out any more.
    pub(super) is_closing: AtomicBool,
    pub(super) guards: Guards,
    pub(super) value: RwLock<Option<T>>,
}

impl<T: Send + Sync + 'static> AtExitCell<T> {
    /// A cell that is filled by `init`, by the first [`get`](Self::get).
    #[must_use]
    pub const fn new(init: fn() -> T) -> Self {
        Self::filled_by(Some(init))
    }

    /// A cell that is filled by [`get_or_init`](Self::get_or_init) or
    /// [`try_get_or_init`](Self::try_get_or_init) only.
    ///
    /// ```
    /// use exitmacro::{AtExitCell, CellError};
    ///
    /// static PORT: AtExitCell<u16> = AtExitCell::empty();
    /// assert_eq!(PORT.get().unwrap_err(), CellError::Empty);
    /// assert_eq!(*PORT.get_or_init(|| 8080)?, 8080);
    /// # Ok::<(), CellError>(())
    /// ```
    #[must_use]
    pub const fn empty() -> Self {
        Self::filled_by(None)
    }

    const fn filled_by(init: Option<fn() -> T>) -> Self {
        Self {
            init,
            options: CleanupOptions::new(),
            is_ready: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
            guards: Guards::new(),
            value: RwLock::new(None),
        }
    }

    /// Sets when the value is dropped among the other handlers, 0 by default. Higher is earlier.
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.options = self.options.priority(priority);
        self
    }

    /// Sets how long the drop may take at exit, waiting for guards included; by default as long as
    /// any handler.
    ///
    /// # Panics
    ///
    /// When `timeout` is zero; in a static or a constant this is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.timeout(timeout);
        self
    }

    /// Sets what plans and reports call the drop; by default it is the type.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.options = self.options.name(name);
        self
    }

    /// The value, made now if need be. While another thread makes it, this one waits.
    ///
    /// A panic in `init` goes on to the caller; the cell stays empty, and the next call tries
    /// again.
    ///
    /// # Errors
    ///
    /// [`CellError::Closed`] when the value was dropped at exit, or is about to be;
    /// [`CellError::NeverMade`] when the handlers have run without one; [`CellError::Reentrant`]
    /// inside the initialisation of this very cell; [`CellError::Empty`] when the cell has no
    /// `init`; [`CellError::Interrupted`] when the thread that was making the value ends the
    /// process.
    #[track_caller]
    pub fn get(&'static self) -> Result<CellGuard<T>, CellError> {
        match self.read() {
            Some(guard) => Ok(guard),
            None => self
                .init_with(|| self.init.map(|init| init()).ok_or(CellError::Empty))
                .map_err(TryInitError::flatten),
        }
    }

    /// The value, made by `init` if there is none yet.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for [`CellError::Empty`].
    ///
    /// ```
    /// static NAME: exitmacro::AtExitCell<String> = exitmacro::AtExitCell::empty();
    /// assert_eq!(*NAME.get_or_init(|| "a".to_owned())?, "a");
    /// assert_eq!(*NAME.get_or_init(|| "b".to_owned())?, "a");
    /// # Ok::<(), exitmacro::CellError>(())
    /// ```
    #[track_caller]
    pub fn get_or_init(&'static self, init: impl FnOnce() -> T) -> Result<CellGuard<T>, CellError> {
        self.try_get_or_init(|| Ok::<T, Infallible>(init())).map_err(|error| match error {
            TryInitError::Cell(error) => error,
            TryInitError::Init(never) => match never {},
        })
    }

    /// The value, made by `init` if there is none yet. When that fails, the cell stays empty.
    ///
    /// # Errors
    ///
    /// [`TryInitError::Init`] with the error of `init`; [`TryInitError::Cell`] with those of
    /// [`get_or_init`](Self::get_or_init).
    ///
    /// ```
    /// use exitmacro::{AtExitCell, TryInitError};
    ///
    /// static PORT: AtExitCell<u16> = AtExitCell::empty();
    /// assert!(matches!(PORT.try_get_or_init(|| "no number".parse()), Err(TryInitError::Init(_))));
    /// assert_eq!(*PORT.try_get_or_init(|| "8080".parse()).unwrap(), 8080);
    /// ```
    #[track_caller]
    pub fn try_get_or_init<E>(
        &'static self,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<CellGuard<T>, TryInitError<E>> {
        match self.read() {
            Some(guard) => Ok(guard),
            None => self.init_with(init),
        }
    }

    /// Calls `use_it` with the value, made now if need be.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    ///
    /// ```
    /// static NAME: exitmacro::AtExitCell<String> = exitmacro::AtExitCell::new(|| "exit".to_owned());
    /// assert_eq!(NAME.with(String::len)?, 4);
    /// # Ok::<(), exitmacro::CellError>(())
    /// ```
    #[track_caller]
    pub fn with<R>(&'static self, use_it: impl FnOnce(&T) -> R) -> Result<R, CellError> {
        Ok(use_it(&*self.get()?))
    }

    /// What names the cell among others.
    pub(super) fn address(&self) -> usize {
        address(&self.guards)
    }

    /// The value, if it is there and may be used.
    pub(super) fn read(&'static self) -> Option<CellGuard<T>> {
        // Before the value is there the lock is left alone: a child that is forked right then would
        // inherit that it is held.
        if !self.is_ready.load(Ordering::Acquire) || self.is_closing.load(Ordering::Acquire) {
            return None;
        }
        let value = match self.value.try_read() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(value)) => value.into_inner(),
            // Only the exit handler holds it for writing, for a moment.
            Err(TryLockError::WouldBlock) => return None,
        };
        // Again: the guard may have come after the one who drops had looked for guards, and before
        // it looks once more.
        (value.is_some() && !self.is_closing.load(Ordering::Acquire)).then(|| CellGuard {
            value,
            guards: &self.guards,
            generation: self.guards.add(),
        })
    }
}

impl<T: fmt::Debug> fmt::Debug for AtExitCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtExitCell").field(&self.value).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_and_its_guard_show_the_value() {
        static CELL: AtExitCell<u32> = AtExitCell::new(|| 7);
        assert_eq!(format!("{CELL:?}"), "AtExitCell(RwLock { data: None, poisoned: false, .. })");
        let guard = CELL.get().unwrap();
        assert_eq!(format!("{guard:?}"), "7");
        assert_eq!(
            format!("{CELL:?}"),
            "AtExitCell(RwLock { data: Some(7), poisoned: false, .. })"
        );
    }
}
