//! Starting a thread, where std's way alone would not do.

use crate::environment::{self, Environment};
use crate::sys;
use crate::times::THREAD_START_TIMEOUT;
use core::time::Duration;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// A thread that was started here. Dropped, it is left to itself.
pub(crate) enum Thread {
    OfStd(JoinHandle<()>),
    Plain(sys::PlainThread),
}

impl Thread {
    /// Waits until it has ended.
    pub(crate) fn join(self) {
        match self {
            // A panic was reported when it happened.
            Self::OfStd(thread) => _ = thread.join(),
            Self::Plain(thread) => thread.join(),
        }
    }
}

/// What a thread does. One type for all, so that a program contains the start of a thread once.
pub(crate) enum Work {
    /// What a runner does, its number, and that of the process: without an allocation.
    Numbered(fn(u32, u64), u32, u64),
    Boxed(Box<dyn FnOnce() + Send>),
}

impl Work {
    fn be_done(self) {
        match self {
            Self::Numbered(function, number, process) => function(number, process),
            Self::Boxed(function) => function(),
        }
    }
}

/// Starts a thread of that name.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
    start(name, Work::Boxed(Box::new(work)), &Environment::of_this_process())
}

/// Starts a thread of that name.
///
/// In a forked child it is one that std does not know. std's threads note where their stacks are
/// under a lock that all of them share, at their start and at their end; another thread of the
/// parent may have held that lock at the moment of the fork, and a thread that std starts in the
/// child would wait for it for ever. Nor may std ask the environment there how large a stack is to
/// be.
fn start(name: &str, work: Work, environment: &Environment) -> io::Result<Thread> {
    match environment::stack_size(environment) {
        None => Builder::new()
            .name(with_room_for_zero(name))
            .spawn(|| work.be_done())
            .map(Thread::OfStd),
        Some(stack_size) => {
            let name = name.to_owned();
            let contained = move || {
                sys::name_this_thread(&name);
                // The panic has been reported. A thread of std's would end with it, too.
                _ = catch_unwind(AssertUnwindSafe(|| work.be_done()));
            };
            sys::start_thread(Some(stack_size), contained).map(Thread::Plain)
        }
    }
}

/// std puts a zero behind the name, for which it would have to move a text that has no room for it.
fn with_room_for_zero(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 1);
    text.push_str(name);
    text
}

/// Has a thread of that name do the work, and waits for it for that long. Whether it was done in
/// time; otherwise the thread is left behind.
pub(crate) fn in_time(
    name: &str,
    timeout: Duration,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<bool> {
    let shared = Arc::new((Mutex::new(false), Condvar::new()));
    let its_own = Arc::clone(&shared);
    spawn(name, move || {
        work();
        *its_own.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        its_own.1.notify_all();
    })?;
    let is_done = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (is_done, _) = shared
        .1
        .wait_timeout_while(is_done, timeout, |is_done| !*is_done)
        .unwrap_or_else(PoisonError::into_inner);
    Ok(*is_done)
}

/// Starts a thread of that name, so that nothing is left on the calling thread.
///
/// std leaves something to be dropped on a thread that has started another one. On a thread of the
/// program that would keep a shared object, which has the code for it, mapped as long as that
/// thread lives. So in a shared object another one starts it, which std does not know.
pub(crate) fn spawn_apart(
    name: &'static str,
    work: Work,
    environment: &Environment,
) -> io::Result<Thread> {
    const PENDING: u8 = 0;
    const STARTED: u8 = 1;
    const GIVEN_UP: u8 = 2;
    let here = environment::stack_size as *const ();
    if sys::is_in_main_program(here) || environment.is_forked() {
        return start(name, work, environment);
    }
    let shared = Arc::new((AtomicU8::new(PENDING), Mutex::new(None), Condvar::new()));
    let become_state = |shared: &AtomicU8, state| {
        shared.compare_exchange(PENDING, state, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    };
    let (starters, threads) = (Arc::clone(&shared), Arc::clone(&shared));
    let starts = move || {
        let started = spawn(name, move || {
            if become_state(&threads.0, STARTED) {
                work.be_done();
            }
        });
        *starters.1.lock().unwrap_or_else(PoisonError::into_inner) = Some(started);
        starters.2.notify_all();
    };
    let starter = sys::start_thread(None, starts)?;
    let (state, handle, is_there) = &*shared;
    let handle = handle.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut handle, _) = is_there
        .wait_timeout_while(handle, THREAD_START_TIMEOUT, |handle| handle.is_none())
        .unwrap_or_else(PoisonError::into_inner);
    if handle.is_none() {
        if become_state(state, GIVEN_UP) {
            // Both threads go on, when they can, with code of this object.
            sys::keep_loaded(here);
            return Err(io::ErrorKind::TimedOut.into());
        }
        // It runs, and its handle comes.
        handle = is_there
            .wait_while(handle, |handle| handle.is_none())
            .unwrap_or_else(PoisonError::into_inner);
    }
    let started = handle.take();
    drop(handle);
    // It waits for nothing any more. As long as it has not ended, the object cannot be unloaded.
    starter.join();
    started.unwrap_or_else(|| Err(io::ErrorKind::Other.into()))
}
