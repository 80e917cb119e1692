//! A function that runs at the end of a scope or at the end of the process.
//!
//! The handler stays in the table until the function has finished, at the end of the scope or at
//! exit. An exit run that starts while the end of a scope runs the function finds the handler, and
//! waits. [`Fate`] alone decides which of them runs it.

use crate::handler::context::ExitContext;
use crate::handler::id::HandlerId;
use crate::handler::priority;
use crate::register;
use crate::registry::{self, Detail, Unregistered};
use crate::resource::doer::Doer;
use core::any::type_name_of_val;
use core::fmt;
use core::panic::Location;
use std::borrow::Cow;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

type Function = Box<dyn FnOnce() + Send>;

/// The word with that decision. A trait, so that tests can try all interleavings.
trait Word {
    /// Sets it to `new` if it is `old`; otherwise it stays, and its value is returned as the error.
    fn change(&self, old: u8, new: u8) -> Result<u8, u8>;

    fn read(&self) -> u8;
}

impl Word for AtomicU8 {
    fn change(&self, old: u8, new: u8) -> Result<u8, u8> {
        self.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire)
    }

    fn read(&self) -> u8 {
        self.load(Ordering::Acquire)
    }
}

const WAITING: u8 = 0;
/// The end of the scope runs the function.
const IN_SCOPE: u8 = 1;
/// The exit run runs the function.
const AT_EXIT: u8 = 2;
const DONE: u8 = 3;
const DEFUSED: u8 = 4;

/// What happens to the function.
struct Fate<W>(W);

impl<W: Word> Fate<W> {
    /// Whether the caller runs the function, as `runs` (one of the constants).
    fn claim(&self, runs: u8) -> bool {
        self.0.change(WAITING, runs).is_ok()
    }

    /// Whether the function was not run and will not be. Otherwise, how far it is.
    fn defuse(&self) -> Unregistered {
        match self.0.change(WAITING, DEFUSED) {
            Ok(_) => Unregistered::Removed,
            Err(IN_SCOPE | AT_EXIT) => Unregistered::Running,
            Err(_) => Unregistered::Finished,
        }
    }

    /// For the thread that claimed it.
    fn set_done(&self, runs: u8) {
        _ = self.0.change(runs, DONE);
    }

    /// Whether the end of the scope is running it.
    fn is_in_scope(&self) -> bool {
        self.0.read() == IN_SCOPE
    }
}

/// What a guard shares with its handler.
struct Inner {
    fate: Fate<AtomicU8>,
    /// Taken by the thread that claimed it, so two threads never lock it at once.
    function: Mutex<Option<Function>>,
    doer: Doer,
}

/// Marks the function as finished, also when it panics.
struct Running<'a>(&'a Inner, u8);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fate.set_done(self.1);
    }
}

impl Inner {
    /// Runs the function, unless it was run or cancelled, or is running.
    fn run(&self, runs: u8) {
        if self.fate.claim(runs) {
            self.doer.set_to_this_thread();
            let _running = Running(self, runs);
            if let Some(function) = self.take() {
                function();
            }
        }
    }

    fn take(&self) -> Option<Function> {
        self.function.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The handler.
    fn run_at_exit(&self, exit: &ExitContext) -> Result<(), String> {
        self.run(AT_EXIT);
        let waited = self.doer.wait_for(|| !self.fate.is_in_scope(), exit);
        waited.map_err(|busy| {
            format!("busy: the guard's function is running on {busy}, at the end of a scope")
        })
    }
}

/// Runs a function once: when it is dropped, or at exit, whichever comes first. Returned by
/// [`guard`].
#[must_use = "a guard that is not bound runs its function at once; \
              bind it to a name such as `_guard`"]
pub struct Guard {
    shared: Arc<Inner>,
    id: Option<HandlerId>,
}

/// Runs `function` once: when the returned guard drops, or else when the process ends, with
/// priority 0. `std::process::exit`, which skips destructors, does not skip it. Plans and reports
/// call it `guard`, with the path of the function.
///
/// # Threads
///
/// The function runs on the thread that drops the guard, or at exit on a runner thread.
///
/// # Panics in the function
///
/// A panic in `function` at the end of the scope propagates to the owner of the scope, as from any
/// destructor. If a panic was already unwinding the scope, the process aborts. At exit the panic is
/// reported, and the other handlers run.
///
/// # At exit
///
/// If the handlers have run already, or there is no memory to register one, the guard still runs
/// the function at its drop. If the guard is dropped while the exit run is executing the function,
/// the drop does not wait for it. If the end of a scope has started the function, the exit run
/// waits for it, up to the timeout of all handlers; a function that itself ends the process is
/// reported.
///
/// ```
/// let path = std::env::temp_dir().join(format!("guarded-{}", std::process::id()));
/// std::fs::write(&path, "half done")?;
/// {
///     let path = path.clone();
///     let _guard = exitmacro::guard(move || _ = std::fs::remove_file(path));
///     // Return, panic or exit here: the file goes.
/// }
/// assert!(!path.exists());
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn guard(function: impl FnOnce() + Send + 'static) -> Guard {
    // The type of the handler is one of this file, which tells a user nothing.
    let detail = Detail {
        name: Some(Cow::Owned(format!("guard {}", type_name_of_val(&function)))),
        ..Detail::default()
    };
    let shared = Arc::new(Inner {
        fate: Fate(AtomicU8::new(WAITING)),
        function: Mutex::new(Some(Box::new(function))),
        doer: Doer::new(),
    });
    let its_own = Arc::clone(&shared);
    let at_exit = move |exit: &ExitContext| its_own.run_at_exit(exit);
    let id =
        register::insert(at_exit, priority::DEFAULT, Some(Box::new(detail)), Location::caller())
            .ok();
    Guard { shared, id }
}

impl Guard {
    /// Cancels the guard without running its function, which is dropped.
    ///
    /// [`Unregistered::Removed`] means that the function was not run and will not be.
    /// [`Unregistered::Running`] and [`Unregistered::Finished`] mean that the exit run was faster.
    /// In a forked child [`Unregistered::Finished`] means that the function is left to the parent.
    ///
    /// ```
    /// use exitmacro::{Guard, Unregistered};
    ///
    /// let guard = exitmacro::guard(|| unreachable!());
    /// assert_eq!(Guard::defuse(guard), Unregistered::Removed);
    /// ```
    pub fn defuse(guard: Self) -> Unregistered {
        // Dropped afterwards, which removes the handler from the table.
        if guard.id.is_some_and(registry::is_foreign) {
            return Unregistered::Finished;
        }
        let answer = guard.shared.fate.defuse();
        if answer == Unregistered::Removed {
            drop(guard.shared.take());
        }
        answer
    }
}

/// Removes the handler of a guard from the table when its function has finished, also when it
/// panicked. Not before: an exit run that starts earlier finds it, and waits.
struct TakenBack(Option<HandlerId>);

impl Drop for TakenBack {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            drop(registry::take_back(id));
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A function of the parent of this process, or of the process that adopted it, runs there.
        if self.id.is_some_and(registry::is_foreign) {
            return;
        }
        let _last = TakenBack(self.id);
        self.shared.run(IN_SCOPE);
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shuttle::sync::atomic::Ordering::SeqCst;
    use shuttle::sync::atomic::{AtomicU8 as ShuttleWord, AtomicUsize};
    use shuttle::thread;

    impl Word for ShuttleWord {
        fn change(&self, old: u8, new: u8) -> Result<u8, u8> {
            self.compare_exchange(old, new, SeqCst, SeqCst)
        }

        fn read(&self) -> u8 {
            self.load(SeqCst)
        }
    }

    #[test]
    fn a_guard_is_planned_until_its_function_is_done_or_taken_back() {
        for end in [drop::<Guard>, |guard| _ = Guard::defuse(guard)] {
            let line = line!() + 1;
            let guard = guard(|| ());
            let is_planned = || {
                crate::plan()
                    .handlers()
                    .iter()
                    .any(|handler| handler.location() == crate::Location::new(file!(), line))
            };
            assert!(is_planned());
            end(guard);
            assert!(!is_planned());
        }
    }

    struct Model {
        fate: Fate<ShuttleWord>,
        begun: AtomicUsize,
        ended: AtomicUsize,
    }

    impl Model {
        fn shared() -> Arc<Self> {
            Arc::new(Self {
                fate: Fate(ShuttleWord::new(WAITING)),
                begun: AtomicUsize::new(0),
                ended: AtomicUsize::new(0),
            })
        }

        fn run(&self, runs: u8) {
            if self.fate.claim(runs) {
                self.begun.fetch_add(1, SeqCst);
                thread::yield_now();
                self.ended.fetch_add(1, SeqCst);
                self.fate.set_done(runs);
            }
        }

        fn run_at_exit(&self) {
            self.run(AT_EXIT);
            while self.fate.is_in_scope() {
                thread::yield_now();
            }
        }
    }

    #[test]
    fn an_exit_run_never_leaves_a_function_in_the_middle() {
        shuttle::check_random(
            || {
                let model = Model::shared();
                let other = Arc::clone(&model);
                let dropping = thread::spawn(move || other.run(IN_SCOPE));
                model.run_at_exit();
                assert_eq!(
                    model.begun.load(SeqCst),
                    model.ended.load(SeqCst),
                    "the process ends in the middle"
                );
                assert_eq!(model.ended.load(SeqCst), 1);
                dropping.join().unwrap();
                assert_eq!(model.ended.load(SeqCst), 1);
            },
            1_000,
        );
    }

    #[test]
    fn defused_is_not_run_and_run_is_not_defused() {
        shuttle::check_random(
            || {
                let model = Model::shared();
                let other = Arc::clone(&model);
                let exit = thread::spawn(move || other.run_at_exit());
                let answer = model.fate.defuse();
                exit.join().unwrap();
                let runs = usize::from(answer != Unregistered::Removed);
                assert_eq!(model.ended.load(SeqCst), runs, "{answer:?}");
                assert!(!model.fate.claim(IN_SCOPE), "the drop that follows runs it");
            },
            1_000,
        );
    }

    #[test]
    fn a_guard_can_be_shown() {
        let shown = format!("{:?}", guard(|| ()));
        assert!(shown.starts_with("Guard { id: Some(") && shown.ends_with(", .. }"), "{shown}");
    }
}
