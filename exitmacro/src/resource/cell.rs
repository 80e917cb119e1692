//! A lazy static whose value is dropped at exit.
//!
//! The value lies behind a lock that users hold for reading, through guards, so that whoever drops it knows that nobody looks at it. That is what a `&'static T` could not
//! promise. The one who drops never waits in the lock's queue, where it would stop later readers: it asks again and again, until its handler's time is over.

use crate::error::{CellError, TryInitError};
use crate::handler::context::ExitContext;
use crate::handler::moment::Moment;
use crate::handler::priority;
use crate::handler::registered::{self, Detail};
use crate::sys::{self, ThreadKey};
use core::convert::Infallible;
use core::fmt;
use core::ops::Deref;
use core::panic::Location;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::borrow::Cow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::thread;

/// A static that is made when it is first needed, and dropped when the process ends.
///
/// Statics of Rust are never dropped, so a database in one is never closed. This one is closed by an exit handler that is registered when the value is made; a cell that is
/// never used costs nothing. Users get guards, not `&'static T`, so the value can be dropped soundly. At exit, new guards are refused, and the handler waits for those that
/// are there; when its timeout is over, it reports the value as busy and leaves it.
///
/// A forked child sees the value that its parent made, and does not drop it.
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
    priority: i32,
    timeout: Option<Duration>,
    name: Option<&'static str>,
    phase: Mutex<Phase>,
    changed: Condvar,
    /// Set once: the value is dropped, or about to be, and no guard is given out any more.
    is_closing: AtomicBool,
    value: RwLock<Option<T>>,
}

/// How far the value is. [`AtExitCell::value`] says whether it is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Empty,
    /// This thread is making it.
    Initialising(ThreadKey),
    Ready,
}

impl<T: Send + Sync + 'static> AtExitCell<T> {
    /// A cell that is filled by `init`, by the first [`get`](Self::get).
    #[must_use]
    pub const fn new(init: fn() -> T) -> Self {
        Self::filled_by(Some(init))
    }

    /// A cell that is filled by [`get_or_init`](Self::get_or_init) or [`try_get_or_init`](Self::try_get_or_init) only.
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
            priority: priority::DEFAULT,
            timeout: None,
            name: None,
            phase: Mutex::new(Phase::Empty),
            changed: Condvar::new(),
            is_closing: AtomicBool::new(false),
            value: RwLock::new(None),
        }
    }

    /// Sets when the value is dropped among the other handlers, 0 by default. Higher is earlier.
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how long the drop may take at exit, waiting for guards included; by default as long as any handler.
    ///
    /// # Panics
    ///
    /// When `timeout` is zero; in a static or a constant this is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        assert!(!timeout.is_zero(), "the timeout of a cell must be longer than zero");
        self.timeout = Some(timeout);
        self
    }

    /// Sets what plans and reports call the drop; by default it is the type.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// The value, made now if need be. While another thread makes it, this one waits.
    ///
    /// A panic in `init` goes on to the caller; the cell stays empty, and the next call tries again.
    ///
    /// # Errors
    ///
    /// [`CellError::Closed`] when the value was dropped at exit, or is about to be, or the handlers have run already; [`CellError::Reentrant`] inside the initialisation of this very cell;
    /// [`CellError::Empty`] when the cell has no `init`.
    #[track_caller]
    pub fn get(&'static self) -> Result<CellGuard<T>, CellError> {
        match self.read() {
            Some(guard) => Ok(guard),
            None => self.init_with(|| self.init.map(|init| init()).ok_or(CellError::Empty)).map_err(TryInitError::flatten),
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
    /// [`TryInitError::Init`] with the error of `init`; [`TryInitError::Cell`] with those of [`get_or_init`](Self::get_or_init).
    ///
    /// ```
    /// use exitmacro::{AtExitCell, TryInitError};
    ///
    /// static PORT: AtExitCell<u16> = AtExitCell::empty();
    /// assert!(matches!(PORT.try_get_or_init(|| "no number".parse()), Err(TryInitError::Init(_))));
    /// assert_eq!(*PORT.try_get_or_init(|| "8080".parse()).unwrap(), 8080);
    /// ```
    #[track_caller]
    pub fn try_get_or_init<E>(&'static self, init: impl FnOnce() -> Result<T, E>) -> Result<CellGuard<T>, TryInitError<E>> {
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

    /// The value, if it is there and may be used.
    fn read(&'static self) -> Option<CellGuard<T>> {
        if self.is_closing.load(Ordering::Acquire) {
            return None;
        }
        let value = match self.value.try_read() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(value)) => value.into_inner(),
            // Only whoever fills or drops the value holds it for writing, both for a moment.
            Err(TryLockError::WouldBlock) => return None,
        };
        // Again: the guard may have come after the one who drops had looked for guards, and before it looks once more.
        (value.is_some() && !self.is_closing.load(Ordering::Acquire)).then_some(CellGuard { value })
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[track_caller]
    fn init_with<E>(&'static self, init: impl FnOnce() -> Result<T, E>) -> Result<CellGuard<T>, TryInitError<E>> {
        let location = Location::caller();
        let me = sys::thread_key();
        let mut phase = self.phase();
        loop {
            if self.is_closing.load(Ordering::Acquire) {
                return Err(TryInitError::Cell(CellError::Closed));
            }
            match *phase {
                Phase::Initialising(thread) if thread == me => return Err(TryInitError::Cell(CellError::Reentrant)),
                Phase::Initialising(_) => phase = self.changed.wait(phase).unwrap_or_else(PoisonError::into_inner),
                Phase::Ready => return self.wait_for_value(phase),
                Phase::Empty => break,
            }
        }
        *phase = Phase::Initialising(me);
        drop(phase);
        let filling = Filling { cell: self, reached: Phase::Empty };
        let value = init().map_err(TryInitError::Init)?;
        self.fill(value, filling, location)
    }

    /// The value is there, but could not be read a moment ago.
    fn wait_for_value<E>(&'static self, phase: MutexGuard<'_, Phase>) -> Result<CellGuard<T>, TryInitError<E>> {
        drop(phase);
        while !self.is_closing.load(Ordering::Acquire) {
            if let Some(guard) = self.read() {
                return Ok(guard);
            }
            thread::yield_now();
        }
        Err(TryInitError::Cell(CellError::Closed))
    }

    fn fill<E>(&'static self, value: T, mut filling: Filling<T>, location: &'static Location<'static>) -> Result<CellGuard<T>, TryInitError<E>> {
        let detail = Detail { name: Some(Cow::Borrowed(self.name.unwrap_or_else(core::any::type_name::<T>))), timeout: self.timeout, ..Detail::default() };
        let close = move |exit: &ExitContext| self.close(exit);
        // Held over the registration: whoever sees the value knows that it will be dropped, and the handler comes after the value.
        let mut place = self.value.write().unwrap_or_else(PoisonError::into_inner);
        if registered::insert(close, self.priority, Some(Box::new(detail)), location).is_err() {
            drop(place);
            // Nobody would ever drop the value, so it is dropped here.
            self.is_closing.store(true, Ordering::Release);
            return Err(TryInitError::Cell(CellError::Closed));
        }
        *place = Some(value);
        drop(place);
        filling.reached = Phase::Ready;
        drop(filling);
        self.read().ok_or(TryInitError::Cell(CellError::Closed))
    }

    /// The exit handler.
    fn close(&self, exit: &ExitContext) -> Result<(), CellError> {
        self.is_closing.store(true, Ordering::Release);
        // A little before it would be abandoned, so that it can say why.
        let margin = (exit.remaining() / 10).min(Duration::from_millis(100));
        let give_up = Moment::now().plus(exit.remaining().saturating_sub(margin));
        loop {
            let taken = match self.value.try_write() {
                Ok(mut value) => value.take(),
                Err(TryLockError::Poisoned(mut value)) => value.get_mut().take(),
                Err(TryLockError::WouldBlock) if give_up <= Moment::now() => return Err(CellError::Busy),
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(Duration::from_micros(200));
                    continue;
                }
            };
            // When the lock is gone.
            drop(taken);
            return Ok(());
        }
    }
}

/// Notes how far an initialisation came, also when it panics.
struct Filling<T: Send + Sync + 'static> {
    cell: &'static AtExitCell<T>,
    reached: Phase,
}

impl<T: Send + Sync + 'static> Drop for Filling<T> {
    fn drop(&mut self) {
        *self.cell.phase() = self.reached;
        self.cell.changed.notify_all();
    }
}

impl<T: fmt::Debug> fmt::Debug for AtExitCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtExitCell").field(&self.value).finish()
    }
}

/// Gives access to the value of an [`AtExitCell`] and keeps it from being dropped. Made by [`AtExitCell::get`].
///
/// Keep it as short as a reference: at exit the value waits for it, and a guard that is kept for good makes it busy.
#[must_use = "the value is only kept for as long as the guard lives"]
pub struct CellGuard<T: 'static> {
    value: RwLockReadGuard<'static, Option<T>>,
}

impl<T> Deref for CellGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &*self.value {
            Some(value) => value,
            // A guard is only made of a value that is there, and as long as it lives nobody can take that out.
            None => unreachable!("the value of a guard is gone"),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for CellGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
