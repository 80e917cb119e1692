//! A lazy static whose value is dropped at exit.
//!
//! Users hold the lock of the value for reading, through guards. So the thread that drops it knows
//! that no other thread uses it, which a `&'static T` could not guarantee. That thread never waits
//! in the lock's queue, where it would stop later readers: it tries again and again, until its
//! handler's timeout expires.
//!
//! [`UNDER_WAY`] lists the cells that are being made, and the threads that make them. Its lock is
//! held whenever a value is put in or taken out, and a fork waits for it. So in a forked child no
//! thread of the parent holds the lock of a cell, and the child makes anew what such a thread was
//! making.

use crate::error::{CellError, TryInitError};
use crate::fork::watch::{self, Inherited};
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::{borrows, priority};
use crate::inherited::under_way::{CHANGED, Maker, UnderWay};
use crate::process::engine;
use crate::register;
use crate::registry::Detail;
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
/// A forked child sees the value that its parent made, and does not drop it. A value that another
/// thread was making at the moment of the fork is made anew.
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
    /// Set once, when the value was put in.
    is_ready: AtomicBool,
    /// Set once, when the value is dropped or about to be: no more guards are given out.
    is_closing: AtomicBool,
    guards: Guards,
    value: RwLock<Option<T>>,
}

/// Counts the guards that were made in the calling process, if that is a forked one: threads that
/// do not exist in it may hold the lock of a value that it inherited. Other processes do not need
/// the count. Its address identifies the cell.
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

    /// Counts a new guard; returns the generation.
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
        // A guard of an earlier generation is not counted in this one.
        if generation != 0 && generation == watch::generation() {
            self.change(generation, |number| number.saturating_sub(1));
        }
    }

    /// Whether all guards of the value belong to threads that the calling process did not inherit.
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

/// The number for a generation; 0 if the count is of another one.
fn number(counted: u64, generation: u32) -> u32 {
    if counted >> 32 == u64::from(generation) { counted as u32 } else { 0 }
}

fn under_way() -> MutexGuard<'static, UnderWay> {
    engine::start();
    UnderWay::lock()
}

impl<T: Send + Sync + 'static> AtExitCell<T> {
    /// A cell that the first [`get`](Self::get) fills by `init`.
    #[must_use]
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
    pub const fn empty() -> Self {
        Self::filled_by(None)
    }

    const fn filled_by(init: Option<fn() -> T>) -> Self {
        Self {
            init,
            priority: priority::DEFAULT,
            timeout: None,
            name: None,
            is_ready: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
            guards: Guards::new(),
            value: RwLock::new(None),
        }
    }

    /// Sets the priority of the drop among the other handlers, 0 by default. Higher runs earlier.
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how long the drop may take at exit, including the wait for guards. The default is that
    /// of all handlers.
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

    /// Sets the name of the drop in plans and reports; by default it is the type.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
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
    #[track_caller]
    pub fn get(&'static self) -> Result<CellGuard<T>, CellError> {
        match self.read() {
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
        match self.read() {
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
    /// static NAME: exitmacro::AtExitCell<String> = exitmacro::AtExitCell::new(|| "exit".to_owned());
    /// assert_eq!(NAME.with(String::len)?, 4);
    /// # Ok::<(), exitmacro::CellError>(())
    /// ```
    #[track_caller]
    pub fn with<R>(&'static self, use_it: impl FnOnce(&T) -> R) -> Result<R, CellError> {
        Ok(use_it(&*self.get()?))
    }

    /// Identifies the cell among others.
    fn address(&self) -> usize {
        address(&self.guards)
    }

    /// The value, if it exists and may be used.
    fn read(&'static self) -> Option<CellGuard<T>> {
        // Before the value exists the lock is not touched: a child that is forked then would
        // inherit it locked.
        if !self.is_ready.load(Ordering::Acquire) || self.is_closing.load(Ordering::Acquire) {
            return None;
        }
        let value = match self.value.try_read() {
            Ok(value) => value,
            Err(TryLockError::Poisoned(value)) => value.into_inner(),
            // Only the exit handler locks it for writing, briefly.
            Err(TryLockError::WouldBlock) => return None,
        };
        // Again: the closing thread may have looked for guards before this one, and not yet once
        // more.
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
            // Now and then it looks whether std stopped that thread, because nothing reports that.
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

    /// The value exists, but could not be read a moment ago.
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
        let detail = Detail {
            name: Some(Cow::Borrowed(self.name.unwrap_or_else(core::any::type_name::<T>))),
            timeout: self.timeout,
            ..Detail::default()
        };
        let close = move |exit: &ExitContext| self.close(exit);
        let detail = Some(Box::new(detail));
        // Held during the registration: a thread that sees the value knows that it will be dropped,
        // and the handler is registered after the value.
        let mut under_way = under_way();
        if register::insert(close, self.priority, detail, location).is_err() {
            // No exit run would ever drop the value, so it is dropped here, after the lock is
            // released.
            self.is_closing.store(true, Ordering::Release);
            drop(under_way);
            return Err(TryInitError::Cell(CellError::NeverMade));
        }
        // No other thread takes this lock now: readers wait until the value exists, and the exit
        // handler waits for the other lock.
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
        // A little before it would be abandoned, so that it can report why.
        let margin = (exit.remaining() / 10).min(CELL_MARGIN);
        let give_up = Moment::now().plus(exit.remaining().saturating_sub(margin));
        let mut abandoned = 0;
        let mut looks = Looks::new();
        loop {
            if let Ok(taken) = self.take() {
                // After the locks are released.
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

/// Why the value is not dropped: a thread has a guard of it; with the reason, if that thread cannot
/// continue.
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

/// Notes that an initialisation has ended, also when it panics. A value that was put in is noted
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

/// Gives access to the value of an [`AtExitCell`] and keeps it from being dropped. Returned by
/// [`AtExitCell::get`].
///
/// Keep it as short as a reference. At exit the drop of the value waits for it, and a guard that is
/// never dropped makes the value busy.
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
            // A guard is only made of an existing value, and as long as it lives no thread can take
            // that out.
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
