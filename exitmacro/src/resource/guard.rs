//! A function that runs at the end of a scope or at the end of the process.

use crate::handler::priority;
use crate::handler::registered::{self, HandlerId, Unregistered};
use core::fmt;
use core::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};

type Function = Box<dyn FnOnce() + Send>;

/// Runs a function when it is dropped, or at exit, whichever comes first, and once. Made by [`guard`].
#[must_use = "a guard that is not bound runs its function at once; bind it to a name such as `_guard`"]
pub struct Guard {
    function: Arc<Mutex<Option<Function>>>,
    id: Option<HandlerId>,
}

/// Makes sure that `function` runs once: when the returned guard is dropped, on the thread that drops it, or else when the process ends, on the runner thread with
/// priority 0. `std::process::exit`, which skips destructors, does not skip it.
///
/// A panic in `function` at the end of the scope goes on to whoever owns the scope, as from any destructor; when a panic was unwinding the scope already, the process aborts. At exit it
/// is reported, and the other handlers run.
///
/// When the handlers have run already, or there is no memory to register one, the guard still runs it at its drop. If the guard is dropped while the exit run is
/// executing the function, the drop does not wait for it.
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
    let function: Arc<Mutex<Option<Function>>> = Arc::new(Mutex::new(Some(Box::new(function))));
    let shared = Arc::clone(&function);
    let at_exit = move || {
        if let Some(function) = take(&shared) {
            function();
        }
    };
    let id = registered::insert(at_exit, priority::DEFAULT, None, Location::caller()).ok();
    Guard { function, id }
}

fn take(function: &Mutex<Option<Function>>) -> Option<Function> {
    function.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Guard {
    /// Gives up the guard without running its function, which is dropped.
    ///
    /// [`Unregistered::Running`] and [`Unregistered::Finished`] mean that the exit run was faster.
    ///
    /// ```
    /// use exitmacro::{Guard, Unregistered};
    ///
    /// let guard = exitmacro::guard(|| unreachable!());
    /// assert_eq!(Guard::defuse(guard), Unregistered::Removed);
    /// ```
    pub fn defuse(mut guard: Self) -> Unregistered {
        drop(take(&guard.function));
        guard.id.take().map_or(Unregistered::Removed, registered::unregister)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A handler that is not there any more was taken by the exit run, or belongs to the parent of this process.
        if self.id.is_some_and(|id| registered::is_foreign(id) || registered::unregister(id) != Unregistered::Removed) {
            return;
        }
        if let Some(function) = take(&self.function) {
            function();
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("id", &self.id).finish_non_exhaustive()
    }
}
