//! A function that runs at the end of a scope or at the end of the process.

use crate::handler::When;
use crate::registry::Unregistered;
use crate::resource::guarded::{Content, Owner};
use core::any::type_name_of_val;
use core::fmt;

struct Function(Box<dyn FnOnce() + Send>);

impl Content for Function {
    fn run(self) {
        (self.0)();
    }
}

/// Runs a function once: when it is dropped, or at exit, whichever comes first. Returned by
/// [`guard`].
#[must_use = "a guard that is not bound to a name ends at once, also by `let _ =`; bind it to a name such as `_guard`"]
pub struct Guard {
    owner: Owner<Function>,
}

/// Runs `function` once: when the returned guard drops, or else when the process ends, with
/// priority 0. `std::process::exit`, which skips destructors, does not skip it. Plans and reports
/// call it `guard`, with the path of the function.
///
/// [`guard_value`](crate::guard_value()) hands a value to the function.
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
    // The type of the handler is one of this crate, which tells a user nothing.
    let name = format!("guard {}", type_name_of_val(&function));
    Guard { owner: Owner::new(Function(Box::new(function)), name, When::Always) }
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
        match guard.owner.defuse() {
            Ok(function) => {
                drop(function);
                Unregistered::Removed
            }
            Err(answer) => answer,
        }
        // The guard's drop removes the handler from the table.
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.owner.end(true);
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.owner.fmt("Guard", f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_guard_can_be_shown() {
        let shown = format!("{:?}", guard(|| ()));
        assert!(shown.starts_with("Guard { id: Some(") && shown.ends_with(", .. }"), "{shown}");
    }
}
