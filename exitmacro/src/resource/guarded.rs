//! What a guard shares with its handler.
//!
//! The handler stays in the table until the content has been run, at the end of the scope or at
//! exit. An exit run that starts while the end of a scope runs it, or while the owner uses it,
//! finds the handler, and waits.

use crate::fork::generation;
use crate::handler::When;
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::id::HandlerId;
use crate::handler::options::Options;
use crate::handler::priority;
use crate::register;
use crate::registry::{self, Detail, Unregistered};
use crate::resource::doer::Doer;
use crate::resource::fate::{AT_EXIT, AtExit, Fate, IN_SCOPE};
use crate::sys::{self, StaticRef};
use crate::times::BUSY_MARGIN;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::panic::Location;
use std::borrow::Cow;
use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex, MutexGuard};

/// What is run once.
pub(super) trait Content: Send + 'static {
    fn run(self);
}

struct Guarded<C> {
    fate: Fate<AtomicU8>,
    /// Locked by the thread that [`Fate`] lets, so two threads never lock it at once.
    content: Mutex<Option<C>>,
    /// The thread that runs it at the end of the scope, or uses it.
    doer: Doer,
    /// Where the owner locked it last.
    locked_at: StaticRef<Location<'static>>,
    /// The process that it was made in.
    generation: u32,
}

/// Marks the content as run, also when that panics.
struct Running<'a>(&'a Fate<AtomicU8>, u8);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.set_done(self.1);
    }
}

impl<C: Content> Guarded<C> {
    fn run_in_scope(&self) {
        // Before others can see that this thread runs it.
        self.doer.set_to_this_thread();
        if self.fate.claim_in_scope() {
            self.run(IN_SCOPE);
        }
    }

    /// For the thread that claimed it.
    fn run(&self, runs: u8) {
        let _running = Running(&self.fate, runs);
        if let Some(content) = self.take() {
            content.run();
        }
    }

    /// The handler.
    fn run_at_exit(&self, exit: &ExitContext) -> Result<(), String> {
        match self.fate.claim_at_exit() {
            AtExit::Claimed => self.run(AT_EXIT),
            AtExit::Locked => return self.run_when_unlocked(exit),
            AtExit::InScope => {
                let waited = self.doer.wait_for(
                    || !self.fate.is_in_scope(),
                    "is running the guard's function",
                    exit,
                );
                return waited.map_err(|busy| {
                    format!(
                        "busy: the guard's function is running on {busy}, at the end of a scope"
                    )
                });
            }
            AtExit::Ended => {}
        }
        Ok(())
    }

    fn run_when_unlocked(&self, exit: &ExitContext) -> Result<(), String> {
        // A little before it would be abandoned, so that it can report why, and the owner keeps the
        // value.
        let margin = (exit.remaining() / 10).min(BUSY_MARGIN);
        let end = Moment::now().plus(exit.remaining().saturating_sub(margin));
        let is_done = || !self.fate.is_awaited() || end <= Moment::now();
        let waited = self.doer.wait_for(is_done, "has locked the guard's value", exit);
        if self.fate.stop_waiting() {
            let busy = waited.err().unwrap_or_else(|| self.doer.too_long());
            let place = self.locked_at.get().map(|at| format!(" at {at}")).unwrap_or_default();
            return Err(format!(
                "busy: {busy} has locked the guard's value{place}, \
                 which its function therefore did not get"
            ));
        }
        // Not after `defuse`, where the owner had leaked its lock.
        if self.fate.is_at_exit() {
            self.run(AT_EXIT);
        }
        Ok(())
    }

    /// For the thread that [`Fate`] lets, also after a panic while the owner used the value. `None`
    /// where the owner has leaked its lock.
    fn content(&self) -> Option<MutexGuard<'_, Option<C>>> {
        sys::if_free(self.content.try_lock())
    }

    fn take(&self) -> Option<C> {
        self.content()?.take()
    }
}

/// The part of a guard that the user has.
pub(super) struct Owner<C> {
    shared: Arc<Guarded<C>>,
    id: Option<HandlerId>,
}

impl<C: Content> Owner<C> {
    /// Registers the handler of a guard. Without one, after the run or without memory, only the
    /// owner runs the content.
    #[track_caller]
    pub(super) fn new(content: C, name: String, when: When) -> Self {
        let location = Location::caller();
        let detail = Detail {
            name: Some(Cow::Owned(name)),
            options: Options { when, ..Options::NONE },
            ..Detail::default()
        };
        let shared = Arc::new(Guarded {
            fate: Fate::new(),
            content: Mutex::new(Some(content)),
            doer: Doer::new(),
            locked_at: StaticRef::new(),
            generation: generation::current(),
        });
        let its_own = Arc::clone(&shared);
        let at_exit = move |exit: &ExitContext| its_own.run_at_exit(exit);
        let id =
            register::insert(at_exit, priority::DEFAULT, Some(Box::new(detail)), false, location);
        Self { shared, id: id.ok() }
    }

    /// Cancels it. Returns no content where the owner has leaked its lock.
    pub(super) fn defuse(&self) -> Result<Option<C>, Unregistered> {
        // The content of a parent of this process, or of the process that adopted it, is run there.
        if self.is_foreign() {
            return Err(Unregistered::Finished);
        }
        match self.shared.fate.defuse() {
            Unregistered::Removed => Ok(self.shared.take()),
            answer => Err(answer),
        }
    }

    /// Locks the content, unless it was run or is running. Never waits, because one thread has the
    /// guard at a time.
    #[track_caller]
    pub(super) fn lock(&mut self) -> Option<Locked<'_, C>> {
        let shared = &*self.shared;
        // Before the handler can see that this thread has locked it.
        shared.locked_at.set(Location::caller());
        shared.doer.set_to_this_thread();
        shared.fate.lock().then_some(())?;
        let unlock = Unlock(&shared.fate);
        shared.content().map(|content| Locked { content, _unlock: unlock })
    }

    /// The end of the scope: runs the content, or drops it.
    pub(super) fn end(&mut self, does_run: bool) {
        if self.is_foreign() {
            // Without a handler, which would keep it, the content would be dropped here.
            core::mem::forget(Arc::clone(&self.shared));
            return;
        }
        let _last = TakenBack(self.id);
        if does_run {
            self.shared.run_in_scope();
        }
        drop(self.defuse());
    }

    fn is_foreign(&self) -> bool {
        registry::is_foreign(self.id, self.shared.generation)
    }

    /// The debug output of the guard.
    pub(super) fn fmt(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name).field("id", &self.id).finish_non_exhaustive()
    }
}

/// Removes the handler of a guard from the table when its content has been run, also when that
/// panicked. Not before: an exit run that starts earlier finds it, and waits.
struct TakenBack(Option<HandlerId>);

impl Drop for TakenBack {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            drop(registry::take_back(id));
        }
    }
}

struct Unlock<'a>(&'a Fate<AtomicU8>);

impl Drop for Unlock<'_> {
    fn drop(&mut self) {
        self.0.unlock();
    }
}

/// The content, while the owner uses it.
pub(super) struct Locked<'a, C> {
    // Released before another thread may claim it: fields are dropped in this order.
    content: MutexGuard<'a, Option<C>>,
    _unlock: Unlock<'a>,
}

impl<C> Deref for Locked<'_, C> {
    type Target = C;

    fn deref(&self) -> &C {
        match &*self.content {
            Some(content) => content,
            None => unreachable!("the content of a guard is gone"),
        }
    }
}

impl<C> DerefMut for Locked<'_, C> {
    fn deref_mut(&mut self) -> &mut C {
        match &mut *self.content {
            Some(content) => content,
            None => unreachable!("the content of a guard is gone"),
        }
    }
}
