//! A lazy static whose value is dropped at exit.
//!
//! Users hold the lock of the value for reading, through guards. So the thread that drops it knows
//! that no other thread uses it, which a `&'static T` could not guarantee. That thread never waits
//! in the lock's queue, where it would stop later readers: it tries again and again, until its
//! handler's timeout expires.

use crate::borrows::TakenAt;
use crate::error::{CellError, TryInitError};
use crate::resource::cell_guard::{CellGuard, Guards, address};
use crate::resource::cleanup::CleanupOptions;
use crate::sys;
use core::convert::Infallible;
use core::fmt;
use core::panic::Location;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::RwLock;

/// A static that is initialised when it is first used, and dropped when the process ends.
///
/// Rust never drops statics, so a database in a static is never closed. This one is closed by an
/// exit handler, which is registered when the value is made; a cell that is never used costs
/// nothing. Users get guards, not `&'static T`, so the value can be dropped soundly.
///
/// At exit, no new guards are given out, and the handler waits for the existing ones. When its
/// timeout expires, it reports the value as busy and does not drop it. If the thread that ends the
/// process, or one that waits for its end, has a guard, the value is busy at once.
///
/// The line about a busy value names the type of the cell and where the cell was made. On Linux on
/// x86-64 it also names up to three of the threads that have guards, and where each took one. It
/// knows of 64 threads and, for each, of guards from 16 calls. A thread is named as the system
/// shows it, by at most 15 bytes.
///
/// A [tracked](fn@crate::track) value inside the value, such as a child process of
/// [`resource`](crate::resource), has a handler of its own. It is closed at its own priority, also
/// while the cell is busy.
///
/// No handler can name a cell in `after` or `before`: its [`priority`](Self::priority) orders it.
/// For a handler that has to be named, or that does more than the drop, keep the value in a static
/// `Mutex<Option<_>>`, and let an [`#[at_exit]`](macro@crate::at_exit) function take it from there.
///
/// A forked child sees the value that its parent made, and does not drop it. A value that another
/// thread was making at the moment of the fork is made anew.
///
/// The guide: [values](crate::guide::values), [tests](crate::guide::tests),
/// [quick starts](crate::guide::quick_starts).
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
/// static DATABASE: AtExitCell<Database> =
///     AtExitCell::new(|| Database).priority(priority::RESOURCES);
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
#[doc(alias("drop static", "static drop", "lazy static", "LazyLock"))]
pub struct AtExitCell<T: 'static> {
    init: Option<fn() -> T>,
    /// Where it was made: where its static is declared.
    pub(super) declared_at: &'static Location<'static>,
    pub(super) options: CleanupOptions,
    /// Set once, when the value was put in.
    pub(super) is_ready: AtomicBool,
    /// Set once, when the value is dropped or about to be: no more guards are given out.
    pub(super) is_closing: AtomicBool,
    pub(super) guards: Guards,
    pub(super) value: RwLock<Option<T>>,
}

impl<T: Send + Sync + 'static> AtExitCell<T> {
    /// A cell that the first [`get`](Self::get) fills by `init`.
    ///
    /// ```
    /// use exitmacro::AtExitCell;
    ///
    /// static NAME: AtExitCell<String> = AtExitCell::new(|| "exit".to_owned());
    /// assert_eq!(*NAME.get()?, "exit");
    /// # Ok::<(), exitmacro::CellError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn new(init: fn() -> T) -> Self {
        Self::filled_by(Some(init))
    }

    /// A cell that only [`get_or_init`](Self::get_or_init) or
    /// [`try_get_or_init`](Self::try_get_or_init) fills.
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
    #[track_caller]
    pub const fn empty() -> Self {
        Self::filled_by(None)
    }

    #[track_caller]
    const fn filled_by(init: Option<fn() -> T>) -> Self {
        Self {
            init,
            declared_at: Location::caller(),
            options: CleanupOptions::new(),
            is_ready: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
            guards: Guards::new(),
            value: RwLock::new(None),
        }
    }

    /// Sets the priority of the drop among the other handlers, 0 by default. Higher runs earlier.
    ///
    /// ```
    /// use exitmacro::{AtExitCell, priority};
    ///
    /// static CACHE: AtExitCell<String> =
    ///     AtExitCell::new(String::new).name("cache").priority(priority::FILES);
    /// drop(CACHE.get()?); // The value is made, and its drop is planned.
    /// let plan = exitmacro::plan();
    /// let planned = plan.handlers().iter().find(|handler| handler.name() == "cache");
    /// assert_eq!(planned.map(|handler| handler.priority()), Some(priority::FILES));
    /// # Ok::<(), exitmacro::CellError>(())
    /// ```
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.options = self.options.priority(priority);
        self
    }

    /// Sets how long the drop may take at exit, including the wait for guards. The default is the
    /// timeout that the program configures, or 10 seconds.
    ///
    /// # Panics
    ///
    /// When `timeout` is zero; in a static or a constant this is a compile error.
    ///
    /// ```
    /// use exitmacro::AtExitCell;
    /// use std::time::Duration;
    ///
    /// static CACHE: AtExitCell<String> =
    ///     AtExitCell::new(String::new).name("cache").timeout(Duration::from_secs(2));
    /// drop(CACHE.get()?);
    /// let plan = exitmacro::plan();
    /// let planned = plan.handlers().iter().find(|handler| handler.name() == "cache");
    /// assert_eq!(planned.map(|handler| handler.timeout()), Some(Duration::from_secs(2)));
    /// # Ok::<(), exitmacro::CellError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.timeout(timeout);
        self
    }

    /// Sets the name of the drop in plans and reports; by default it is the type.
    ///
    /// ```
    /// use exitmacro::AtExitCell;
    ///
    /// static CACHE: AtExitCell<String> = AtExitCell::new(String::new).name("the cache");
    /// drop(CACHE.get()?);
    /// assert!(exitmacro::plan().handlers().iter().any(|handler| handler.name() == "the cache"));
    /// # Ok::<(), exitmacro::CellError>(())
    /// ```
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.options = self.options.name(name);
        self
    }

    /// Returns the value, and makes it first if there is none. While another thread makes it, this
    /// one waits.
    ///
    /// A panic in `init` propagates to the caller; the cell stays empty, and the next call tries
    /// again.
    ///
    /// # Errors
    ///
    /// [`CellError::Closed`] when the value was dropped at exit, or is about to be;
    /// [`CellError::NeverMade`] when the handlers have run without one; [`CellError::Reentrant`]
    /// inside the initialisation of this very cell; [`CellError::Empty`] when the cell has no
    /// `init`; [`CellError::Interrupted`] when the thread that was making the value ends the
    /// process.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// static STARTED: exitmacro::AtExitCell<Instant> = exitmacro::AtExitCell::new(Instant::now);
    /// let first = *STARTED.get()?;
    /// assert_eq!(*STARTED.get()?, first, "it is made once");
    /// # Ok::<(), exitmacro::CellError>(())
    /// ```
    #[track_caller]
    pub fn get(&'static self) -> Result<CellGuard<T>, CellError> {
        match self.read(Location::caller()) {
            Some(guard) => Ok(guard),
            None => self
                .init_with(|| self.init.map(|init| init()).ok_or(CellError::Empty))
                .map_err(TryInitError::flatten),
        }
    }

    /// Returns the value, made by `init` if there is none yet.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), except [`CellError::Empty`].
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

    /// Returns the value, made by `init` if there is none yet. If that fails, the cell stays empty.
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
        match self.read(Location::caller()) {
            Some(guard) => Ok(guard),
            None => self.init_with(init),
        }
    }

    /// Calls `use_it` with the value, which is made first if there is none.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    ///
    /// ```
    /// use exitmacro::AtExitCell;
    ///
    /// static NAME: AtExitCell<String> = AtExitCell::new(|| "exit".to_owned());
    /// assert_eq!(NAME.with(String::len)?, 4);
    /// # Ok::<(), exitmacro::CellError>(())
    /// ```
    #[track_caller]
    pub fn with<R>(&'static self, use_it: impl FnOnce(&T) -> R) -> Result<R, CellError> {
        Ok(use_it(&*self.get()?))
    }

    /// Identifies the cell among others.
    pub(super) fn address(&self) -> usize {
        address(&self.guards)
    }

    /// The value, if it exists and may be used.
    pub(super) fn read(&'static self, taken_at: TakenAt) -> Option<CellGuard<T>> {
        // Before the value exists the lock is not touched: a child that is forked then would
        // inherit it locked.
        if !self.is_ready.load(Ordering::Acquire) || self.is_closing.load(Ordering::Acquire) {
            return None;
        }
        // Only the exit handler locks it for writing, briefly.
        let value = sys::if_free(self.value.try_read())?;
        // Again: the closing thread may have looked for guards before this one, and not yet once
        // more.
        (value.is_some() && !self.is_closing.load(Ordering::Acquire)).then(|| CellGuard {
            value,
            guards: &self.guards,
            counted: self.guards.add(taken_at),
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
