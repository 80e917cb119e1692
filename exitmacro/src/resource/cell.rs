//! A lazy static whose value is dropped at exit.
//!
//! The value lies behind a lock that users hold for reading, through guards, so that the thread
//! that drops it knows that no other one looks at it. That is what a `&'static T` could not
//! promise. The one who drops never waits in the lock's queue, where it would stop later readers:
//! it asks again and again, until its handler's time is over.
//!
//! Which cells are being made, and by which threads, stands in one place for all, [`UNDER_WAY`].
//! Its lock is held whenever a value is put in or taken out, and a fork waits for it: a forked
//! child finds no lock of a cell held by a thread that does not exist there, and what such a thread
//! was making is made anew.

use crate::error::{CellError, TryInitError};
use crate::fork::watch::{self, Inherited};
use crate::handler::borrows;
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::inherited::under_way::{CHANGED, Maker, UnderWay};
use crate::process::engine;
use crate::register;
use crate::resource::cleanup::CleanupOptions;
use crate::run::{Looks, Stopped};
use crate::sys::{self, ThreadWatch};
use crate::times::{CELL_MARGIN, RAREST_CELL_LOOK};
use core::convert::Infallible;
use core::fmt;
use core::ops::Deref;
use core::panic::Location;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use core::time::Duration;
use std::borrow::Cow;
use std::sync::{MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::thread::{self};

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
    options: CleanupOptions,
    /// Set once: the value was put in.
    is_ready: AtomicBool,
    /// Set once: the value is dropped, or about to be, and no guard is given out any more.
    is_closing: AtomicBool,
    guards: Guards,
    value: RwLock<Option<T>>,
}

/// Counts the guards that were made in the calling process, where that is a forked one: the lock of
/// a value that it inherited may be held by threads that do not exist in it. Other processes need
/// not count, and do not. Its address names the cell.
struct Guards {
    /// The generation in the upper half, the number in the lower one.
    counted: AtomicU64,
    /// The generation in which the value was put in.
    put_in: AtomicU32,
}

impl Guards {
    const fn new() -> Self {
        Self { counted: AtomicU64::new(0), put_in: AtomicU32::new(0) }
    }

    #[cold]
    fn change(&self, generation: u32, change: impl Fn(u32) -> u32) {
        let changed = |counted: u64| {
            Some((u64::from(generation) << 32) | u64::from(change(number(counted, generation))))
        };
        _ = self.counted.fetch_update(Ordering::AcqRel, Ordering::Acquire, changed);
    }

    /// Counts one that is made; the answer is the generation.
    #[inline]
    fn add(&self) -> u32 {
        borrows::borrow(address(self));
        let generation = watch::generation();
        if generation != 0 {
            self.change(generation, |number| number + 1);
        }
        generation
    }

    /// Undoes [`add`](Self::add).
    #[inline]
    fn subtract(&self, generation: u32) {
        borrows::give_back(address(self));
        // One that was made in an earlier generation is not counted in this one.
        if generation != 0 && generation == watch::generation() {
            self.change(generation, |number| number.saturating_sub(1));
        }
    }

    /// Whether all guards of the value are those of threads that the calling process did not
    /// inherit.
    fn are_all_of_the_parent(&self) -> bool {
        let generation = watch::generation();
        let is_inherited = self.put_in.load(Ordering::Acquire) != generation;
        is_inherited
            && number(self.counted.load(Ordering::Acquire), generation) == 0
            && !watch::survivor_borrowed()
    }
}

#[inline]
fn address(guards: &Guards) -> usize {
    core::ptr::from_ref(guards).addr()
}

/// The number of a generation. Another one's counts nothing.
fn number(counted: u64, generation: u32) -> u32 {
    if counted >> 32 == u64::from(generation) { counted as u32 } else { 0 }
}

fn under_way() -> MutexGuard<'static, UnderWay> {
    engine::start();
    UnderWay::lock()
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
    fn address(&self) -> usize {
        address(&self.guards)
    }

    /// The value, if it is there and may be used.
    fn read(&'static self) -> Option<CellGuard<T>> {
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

    #[track_caller]
    fn init_with<E>(
        &'static self,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<CellGuard<T>, TryInitError<E>> {
        let location = Location::caller();
        let me = sys::thread_key();
        let mut pause = Duration::from_millis(1);
        let mut looks = Looks::new();
        let mut under_way = under_way();
        loop {
            if self.is_closing.load(Ordering::Acquire) {
                let had_value = self.is_ready.load(Ordering::Acquire);
                return Err(TryInitError::Cell(if had_value {
                    CellError::Closed
                } else {
                    CellError::NeverMade
                }));
            }
            if self.is_ready.load(Ordering::Acquire) {
                drop(under_way);
                return self.wait_for_value();
            }
            match under_way.maker(self.address()) {
                None => break,
                Some(maker) if maker.thread == me => {
                    return Err(TryInitError::Cell(CellError::Reentrant));
                }
                Some(maker) if looks.why_stopped(maker.thread, maker.watch).is_some() => {
                    return Err(TryInitError::Cell(CellError::Interrupted));
                }
                Some(_) => {}
            }
            // Now and then it looks whether that thread stopped, of which nothing tells here.
            under_way = CHANGED
                .wait_timeout(under_way, pause)
                .map_or_else(|poison| poison.into_inner().0, |(under_way, _)| under_way);
            pause = (pause * 2).min(RAREST_CELL_LOOK);
        }
        under_way.0.push((self.address(), Maker { thread: me, watch: ThreadWatch::current() }));
        borrows::begin();
        drop(under_way);
        let _filling = Filling(self.address());
        let value = init().map_err(TryInitError::Init)?;
        self.fill(value, location)
    }

    /// The value is there, but could not be read a moment ago.
    fn wait_for_value<E>(&'static self) -> Result<CellGuard<T>, TryInitError<E>> {
        while !self.is_closing.load(Ordering::Acquire) {
            if let Some(guard) = self.read() {
                return Ok(guard);
            }
            sys::yield_now();
        }
        Err(TryInitError::Cell(CellError::Closed))
    }

    fn fill<E>(
        &'static self,
        value: T,
        location: &'static Location<'static>,
    ) -> Result<CellGuard<T>, TryInitError<E>> {
        let mut detail = self.options.as_detail();
        // Not the type of the handler itself, which is a closure of this file.
        detail.name.get_or_insert(Cow::Borrowed(core::any::type_name::<T>()));
        let close = move |exit: &ExitContext| self.close(exit);
        let detail = Some(Box::new(detail));
        // Held over the registration: a thread that sees the value knows that it will be dropped,
        // and the handler comes after the value.
        let mut under_way = under_way();
        if register::insert(close, self.options.priority, detail, location).is_err() {
            // No exit run would ever drop the value, so it is dropped here, when the lock is gone.
            self.is_closing.store(true, Ordering::Release);
            drop(under_way);
            return Err(TryInitError::Cell(CellError::NeverMade));
        }
        // No other thread has this lock: it is read when the value is there, and the exit handler
        // waits for the other lock.
        self.guards.put_in.store(watch::generation(), Ordering::Release);
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = Some(value);
        self.is_ready.store(true, Ordering::Release);
        under_way.forget(self.address());
        drop(under_way);
        self.read().ok_or(TryInitError::Cell(CellError::Closed))
    }

    /// Takes the value out, unless there are guards of it.
    fn take(&self) -> Result<Option<T>, ()> {
        let _no_forks = under_way();
        match self.value.try_write() {
            Ok(mut value) => Ok(value.take()),
            Err(TryLockError::Poisoned(mut value)) => Ok(value.get_mut().take()),
            Err(TryLockError::WouldBlock) => Err(()),
        }
    }

    /// The exit handler.
    fn close(&self, exit: &ExitContext) -> Result<(), Busy> {
        self.is_closing.store(true, Ordering::Release);
        // A little before it would be abandoned, so that it can say why.
        let margin = (exit.remaining() / 10).min(CELL_MARGIN);
        let give_up = Moment::now().plus(exit.remaining().saturating_sub(margin));
        let mut abandoned = 0;
        let mut looks = Looks::new();
        loop {
            if let Ok(taken) = self.take() {
                // When the locks are gone.
                drop(taken);
                return Ok(());
            }
            if let Some(stopped) = looks.why_borrowed(self.address()) {
                return Err(Busy(Some(stopped)));
            }
            // Some times in a row: a guard that is just being made is not counted yet.
            abandoned = if self.guards.are_all_of_the_parent() { abandoned + 1 } else { 0 };
            if abandoned > 50 {
                return Err(Busy(Some(Stopped::Parents)));
            }
            if give_up <= Moment::now() {
                return Err(Busy(None));
            }
            thread::sleep(Duration::from_micros(200));
        }
    }
}

/// Why the value is not dropped: a guard of it is there, of a thread that does not go on, where
/// that is known.
struct Busy(Option<Stopped>);

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => fmt::Display::fmt(&CellError::Busy, f),
            Some(stopped) => write!(
                f,
                "busy: {stopped} holds a guard of the value, which is therefore not dropped"
            ),
        }
    }
}

/// Notes that an initialisation is over, also when it panics. A value that was put in is noted
/// before.
struct Filling(usize);

impl Drop for Filling {
    fn drop(&mut self) {
        under_way().forget(self.0);
    }
}

impl<T: fmt::Debug> fmt::Debug for AtExitCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtExitCell").field(&self.value).finish()
    }
}

/// Gives access to the value of an [`AtExitCell`] and keeps it from being dropped. Made by
/// [`AtExitCell::get`].
///
/// Keep it as short as a reference: at exit the value waits for it, and a guard that is kept for
/// good makes it busy.
#[must_use = "the value is only kept for as long as the guard lives"]
pub struct CellGuard<T: 'static> {
    value: RwLockReadGuard<'static, Option<T>>,
    guards: &'static Guards,
    /// The generation in which it was made.
    generation: u32,
}

impl<T> Drop for CellGuard<T> {
    fn drop(&mut self) {
        self.guards.subtract(self.generation);
    }
}

impl<T> Deref for CellGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &*self.value {
            Some(value) => value,
            // A guard is only made of a value that is there, and as long as it lives no thread can
            // take that out.
            None => unreachable!("the value of a guard is gone"),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for CellGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
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
