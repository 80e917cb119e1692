//! Starts threads, also in forked children and from shared objects, where std alone would not do.

use crate::environment::{self, Environment};
use crate::sys;
use crate::times::THREAD_START_TIMEOUT;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// A thread that was started here. When it is dropped, the thread is detached.
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

/// What a thread does. One type for all threads, so that a program contains the start of a thread
/// once.
pub(crate) enum Work {
    /// The main function of a runner, the number of the runner, and that of the process; needs no
    /// allocation.
    Numbered(fn(u32, u64), u32, u64),
    Boxed(Box<dyn FnOnce() + Send>),
}

impl Work {
    fn run(self) {
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
/// In a forked child, the thread is one that std does not know. Threads of std note where their
/// stacks are under a shared lock, at their start and at their end. Another thread of the parent
/// may have held that lock at the moment of the fork, so that a thread of std would wait for it for
/// ever. Nor can std read the stack size from the environment there.
fn start(name: &str, work: Work, environment: &Environment) -> io::Result<Thread> {
    match environment::stack_size(environment) {
        None => {
            Builder::new().name(with_room_for_zero(name)).spawn(|| work.run()).map(Thread::OfStd)
        }
        Some(stack_size) => {
            let name = name.to_owned();
            let contained = move || {
                sys::name_this_thread(&name);
                // The panic has been reported. It would end a thread of std, too.
                _ = catch_unwind(AssertUnwindSafe(|| work.run()));
            };
            sys::start_thread(Some(stack_size), contained).map(Thread::Plain)
        }
    }
}

/// std appends a zero to the name, and would have to reallocate a text that has no room for it.
fn with_room_for_zero(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 1);
    text.push_str(name);
    text
}

/// Starts a thread of that name, so that nothing is left on the calling thread.
///
/// std leaves a thread-local to be dropped on a thread that has started another thread. On a thread
/// of the program, that would keep a shared object mapped, which has the code for the drop, as long
/// as the thread lives. So in a shared object, a thread that std does not know starts the new
/// thread.
pub(crate) fn spawn_apart(
    name: &'static str,
    work: Work,
    environment: &Environment,
) -> io::Result<Thread> {
    const PENDING: u8 = 0;
    const STARTED: u8 = 1;
    const ABANDONED: u8 = 2;
    let here = environment::stack_size as *const ();
    if sys::is_in_main_program(here) || environment.is_forked() {
        return start(name, work, environment);
    }
    let shared = Arc::new((AtomicU8::new(PENDING), Mutex::new(None), Condvar::new()));
    let become_state = |shared: &AtomicU8, state| {
        shared.compare_exchange(PENDING, state, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    };
    let (for_starter, threads) = (Arc::clone(&shared), Arc::clone(&shared));
    let start_thread = move || {
        let started = spawn(name, move || {
            if become_state(&threads.0, STARTED) {
                work.run();
            }
        });
        *for_starter.1.lock().unwrap_or_else(PoisonError::into_inner) = Some(started);
        for_starter.2.notify_all();
    };
    let starter = sys::start_thread(None, start_thread)?;
    let (state, handle, is_there) = &*shared;
    let handle = handle.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut handle, _) = is_there
        .wait_timeout_while(handle, THREAD_START_TIMEOUT, |handle| handle.is_none())
        .unwrap_or_else(PoisonError::into_inner);
    if handle.is_none() {
        if become_state(state, ABANDONED) {
            // Both threads may still run code of this object.
            sys::keep_loaded(here);
            return Err(io::ErrorKind::TimedOut.into());
        }
        // The thread runs, and its handle follows.
        handle = is_there
            .wait_while(handle, |handle| handle.is_none())
            .unwrap_or_else(PoisonError::into_inner);
    }
    let started = handle.take();
    drop(handle);
    // The starter waits for nothing. As long as it has not ended, the object cannot be unloaded.
    starter.join();
    started.unwrap_or_else(|| Err(io::ErrorKind::Other.into()))
}
