//! Starts threads, also in forked children and from shared objects, where std alone would not do.

use crate::environment::Environment;
use crate::one_shot::OneShot;
use crate::sys::{self, EndingThread};
use crate::times::THREAD_START_TIMEOUT;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::{Builder, JoinHandle};

/// A thread that was started here. When it is dropped, the thread is detached.
pub(crate) enum Thread {
    OfStd(JoinHandle<()>),
    Plain(sys::PlainThread),
}

impl Thread {
    /// Waits until it has ended. It has told that it is about to.
    pub(crate) fn join(self, ending: EndingThread) {
        match self {
            Self::OfStd(thread) => ending.join(thread),
            Self::Plain(thread) => ending.join_plain(thread),
        }
    }
}

/// Keeps this object loaded, because a thread that is left behind still executes its code.
#[inline(never)]
pub(crate) fn keep_code_loaded() {
    let here = keep_code_loaded as *const ();
    if !sys::is_in_main_program(here) {
        sys::keep_loaded(here);
    }
}

/// What a thread does. One type for all threads, so that a program contains the start of a thread
/// once.
enum Work {
    Numbered(Numbered),
    /// The same, unless the thread that starts it has abandoned it.
    Started(Numbered, Arc<Starting>),
    Boxed(Box<dyn FnOnce() + Send>),
}

/// The main function of a runner, the number of the runner, and that of the process; needs no
/// allocation.
#[derive(Clone, Copy)]
pub(crate) struct Numbered {
    pub(crate) function: fn(u32, u64),
    pub(crate) number: u32,
    pub(crate) process: u64,
}

impl Numbered {
    fn run(self) {
        (self.function)(self.number, self.process);
    }
}

impl Work {
    fn run(self) {
        match self {
            Self::Numbered(work) => work.run(),
            Self::Started(work, starting) => {
                if starting.become_state(STARTED) {
                    work.run();
                }
            }
            Self::Boxed(function) => function(),
        }
    }
}

/// Starts a thread of that name. Returns an error without memory, where the box and std would abort
/// the process.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
    check_memory()?;
    start(name, Work::Boxed(Box::new(work)), &Environment::of_this_process())
}

/// Returns an error without memory, where std would abort the process.
pub(crate) fn check_memory() -> io::Result<()> {
    if sys::is_starved() { Err(io::ErrorKind::OutOfMemory.into()) } else { Ok(()) }
}

/// Starts a thread of that name.
///
/// In a forked child, the thread is one that std does not know. Threads of std note where their
/// stacks are under a shared lock, at their start and at their end. Another thread of the parent
/// may have held that lock at the moment of the fork, so that a thread of std would wait for it for
/// ever. Nor can std read the stack size from the environment there.
fn start(name: &str, work: Work, environment: &Environment) -> io::Result<Thread> {
    match stack_size(environment) {
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

/// The size of the stack of a thread, if std must not start the thread.
fn stack_size(environment: &Environment) -> Option<usize> {
    environment.is_forked().then(|| size_of_stacks(environment))
}

/// The size of the stacks of threads that are started here, also by std.
pub(crate) fn size_of_stacks(environment: &Environment) -> usize {
    /// The default of std.
    const DEFAULT: usize = 2 * 1024 * 1024;
    environment
        .var_os("RUST_MIN_STACK")
        .and_then(|text| text.to_str()?.parse().ok())
        .unwrap_or(DEFAULT)
}

/// Starts a thread of that name, so that nothing is left on the calling thread.
///
/// std leaves a thread-local to be dropped on a thread that has started another thread. On a thread
/// of the program, that would keep a shared object mapped, which has the code for the drop, as long
/// as the thread lives. So in a shared object, a thread that std does not know starts the new
/// thread.
pub(crate) fn spawn_apart(
    name: &'static str,
    work: Numbered,
    environment: &Environment,
) -> io::Result<Thread> {
    let here = spawn_by_starter as *const ();
    if sys::is_in_main_program(here) || environment.is_forked() {
        return start(name, Work::Numbered(work), environment);
    }
    spawn_by_starter(name, work, here)
}

/// A thread that another thread, the starter, starts for the calling thread.
struct Starting {
    /// [`PENDING`], [`STARTED`] or [`ABANDONED`].
    state: AtomicU8,
    result: OneShot<Started>,
}

/// What the starter has got, the handle of the thread or an error; and the starter.
type Started = (io::Result<Thread>, EndingThread);

const PENDING: u8 = 0;
const STARTED: u8 = 1;
const ABANDONED: u8 = 2;

impl Starting {
    /// Leaves the state [`PENDING`]; `false` when it has been left.
    fn become_state(&self, state: u8) -> bool {
        self.state.compare_exchange(PENDING, state, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Waits for the result, at most until the thread should have started. `None` when the thread
    /// was abandoned.
    fn wait(&self) -> Option<Started> {
        self.result.receive_within(THREAD_START_TIMEOUT).or_else(|| {
            // Otherwise the thread runs, and its handle follows.
            if self.become_state(ABANDONED) { None } else { self.result.receive() }
        })
    }
}

fn spawn_by_starter(name: &'static str, work: Numbered, here: *const ()) -> io::Result<Thread> {
    let starting = Arc::new(Starting { state: AtomicU8::new(PENDING), result: OneShot::new() });
    let (for_starter, for_thread) = (Arc::clone(&starting), Arc::clone(&starting));
    let start_thread = move || {
        let work = Work::Started(work, for_thread);
        let started =
            check_memory().and_then(|()| start(name, work, &Environment::of_this_process()));
        for_starter.result.send((started, EndingThread::current()));
    };
    let starter = sys::start_thread(None, start_thread)?;
    let Some((started, ending)) = starting.wait() else {
        // Both threads may still run code of this object.
        sys::keep_loaded(here);
        return Err(io::ErrorKind::TimedOut.into());
    };
    // The starter waits for nothing. As long as it has not ended, the object cannot be unloaded.
    ending.join_plain(starter);
    started
}
