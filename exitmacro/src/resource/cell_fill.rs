//! How a cell gets its value: by one thread, while others that need it wait.
//!
//! [`UnderWay`] lists the cells that are being made, and the threads that make them. Its lock is
//! held whenever a value is put in or taken out, and a fork waits for it. So in a forked child no
//! thread of the parent holds the lock of a cell, and the child makes anew what such a thread was
//! making.

use crate::awaited;
use crate::borrows;
use crate::error::{CellError, TryInitError};
use crate::fork::generation;
use crate::fork::watch::Inherited;
use crate::handler::context::ExitContext;
use crate::inherited::under_way::{CHANGED, Maker, UnderWay};
use crate::process::engine;
use crate::register;
use crate::resource::cell::AtExitCell;
use crate::resource::cell_guard::CellGuard;
use crate::run::Looks;
use crate::sys::{self, ThreadWatch};
use crate::times::RAREST_CELL_LOOK;
use core::panic::Location;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::borrow::Cow;
use std::sync::{MutexGuard, PoisonError};

pub(super) fn under_way() -> MutexGuard<'static, UnderWay> {
    engine::start();
    UnderWay::lock().into_guard()
}

impl<T: Send + Sync + 'static> AtExitCell<T> {
    /// Returns the value, which `init` makes on the calling thread if no thread has made it or is
    /// making it.
    #[track_caller]
    pub(super) fn init_with<E>(
        &'static self,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<CellGuard<T>, TryInitError<E>> {
        let location = Location::caller();
        let me = sys::thread_key();
        let mut pause = Duration::from_millis(1);
        let mut looks = Looks::new();
        let mut noted = None;
        let mut under_way = under_way();
        loop {
            if self.is_closing.load(Ordering::Acquire) {
                return Err(TryInitError::Cell(self.why_closed()));
            }
            if self.is_ready.load(Ordering::Acquire) {
                drop(under_way);
                return self.wait_for_value(location);
            }
            let Some(maker) = under_way.maker(self.address()) else { break };
            if maker.thread == me {
                return Err(TryInitError::Cell(CellError::Reentrant));
            }
            if looks.why_stopped(maker.thread, maker.watch).is_some() {
                return Err(TryInitError::Cell(CellError::Interrupted));
            }
            if noted.is_none() {
                let maker = maker.watch.name().map_or("another thread".into(), |it| it.to_string());
                noted = Some(awaited::note(format!(
                    "{}, which {maker} is making",
                    self.value_in_words()
                )));
            }
            // Now and then it looks whether std stopped that thread, because nothing reports that.
            under_way = CHANGED
                .wait_timeout(under_way, pause)
                .map_or_else(|poison| poison.into_inner().0, |(under_way, _)| under_way);
            pause = (pause * 2).min(RAREST_CELL_LOOK);
        }
        under_way.cells.push((self.address(), Maker { thread: me, watch: ThreadWatch::current() }));
        borrows::begin();
        drop(under_way);
        drop(noted);
        let _filling = Filling(self.address());
        let value = init().map_err(TryInitError::Init)?;
        self.fill(value, location)
    }

    /// The cell, as lines about handlers name it.
    #[cold]
    pub(super) fn in_words(&self) -> String {
        let (file, line) = (self.declared_at.file(), self.declared_at.line());
        format!("the `AtExitCell<{}>` of {file}:{line}", core::any::type_name::<T>())
    }

    /// Its value, as the line about a handler that waits for it names it.
    fn value_in_words(&self) -> String {
        format!("the value of {}", self.in_words())
    }

    pub(super) fn why_closed(&self) -> CellError {
        if self.is_ready.load(Ordering::Acquire) { CellError::Closed } else { CellError::NeverMade }
    }

    /// The value exists, but could not be read a moment ago.
    pub(super) fn wait_for_value<E>(
        &'static self,
        location: &'static Location<'static>,
    ) -> Result<CellGuard<T>, TryInitError<E>> {
        while !self.is_closing.load(Ordering::Acquire) {
            if let Some(guard) = self.read(location) {
                return Ok(guard);
            }
            sys::yield_now();
        }
        Err(TryInitError::Cell(CellError::Closed))
    }

    /// Puts the value in, unless there is one: a future and a thread may both make it.
    pub(super) fn fill<E>(
        &'static self,
        value: T,
        location: &'static Location<'static>,
    ) -> Result<CellGuard<T>, TryInitError<E>> {
        let mut detail = self.options.as_detail();
        // Not the type of the handler itself, which is a closure of this file.
        detail.name.get_or_insert(Cow::Borrowed(core::any::type_name::<T>()));
        let close = move |exit: &ExitContext| self.close(exit);
        let detail = Some(Box::new(detail));
        // Held during the registration: a thread that sees the value knows that it will be dropped,
        // and the handler is registered after the value.
        let mut under_way = under_way();
        if self.is_ready.load(Ordering::Acquire) {
            drop(under_way);
            return self.wait_for_value(location);
        }
        if register::insert(close, self.options.priority, detail, false, location).is_err() {
            // No exit run would ever drop the value, so it is dropped here, after the lock is
            // released.
            self.is_closing.store(true, Ordering::Release);
            drop(under_way);
            return Err(TryInitError::Cell(CellError::NeverMade));
        }
        // No other thread takes this lock now: readers wait until the value exists, and the exit
        // handler waits for the other lock.
        self.guards.put_in.store(generation::current(), Ordering::Release);
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = Some(value);
        self.is_ready.store(true, Ordering::Release);
        under_way.forget(self.address());
        drop(under_way);
        self.read(location).ok_or(TryInitError::Cell(CellError::Closed))
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
