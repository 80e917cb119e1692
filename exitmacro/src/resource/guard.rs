//! A function that runs at the end of a scope or at the end of the process, on some ways out or on
//! all.

use crate::handler::When;
use crate::registry::Unregistered;
use crate::resource::guarded::{Content, Owner};
use core::any::type_name;
use core::fmt;
use std::thread;

struct Function(Box<dyn FnOnce() + Send>);

impl Content for Function {
    fn run(self) {
        (self.0)();
    }
}

/// At which ends of the scope the function runs.
enum Ends {
    All,
    /// All but a panic.
    Success(Unwinding),
    /// A panic.
    Unwind(Unwinding),
}

/// Whether the thread was unwinding when the guard was made, as in a destructor. Then it also is at
/// the end of that destructor's scope, whether that panics or not.
struct Unwinding(bool);

impl Unwinding {
    fn now() -> Self {
        Self(thread::panicking())
    }

    fn has_begun(&self) -> bool {
        !self.0 && thread::panicking()
    }
}

impl Ends {
    fn include_this_one(&self) -> bool {
        match self {
            Self::All => true,
            Self::Success(unwinding) => !unwinding.has_begun(),
            Self::Unwind(unwinding) => unwinding.has_begun(),
        }
    }
}

/// Runs a function once: when it is dropped, or at exit, whichever comes first. Returned by
/// [`guard`], [`on_success`] and [`on_unwind`]. A guard of the last two decides at that moment
/// whether it runs the function or drops it.
///
/// ```
/// use exitmacro::{Guard, guard};
/// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
///
/// static IS_BUSY: AtomicBool = AtomicBool::new(false);
///
/// fn busy() -> Guard {
///     IS_BUSY.store(true, Relaxed);
///     guard(|| IS_BUSY.store(false, Relaxed))
/// }
///
/// let busy = busy();
/// assert!(IS_BUSY.load(Relaxed));
/// drop(busy);
/// assert!(!IS_BUSY.load(Relaxed));
/// ```
#[must_use = "a guard that is not bound to a name ends at once, also by `let _ =`; \
              bind it to a name such as `_guard`"]
pub struct Guard {
    owner: Owner<Function>,
    ends: Ends,
}

/// Runs `function` once: when the returned guard drops, or else when the process ends, with
/// priority 0. `std::process::exit`, which skips destructors, does not skip it. Plans and reports
/// call it `guard`, with the path of the function.
///
/// [`defer!`](crate::defer!) is shorter where the guard is not needed; [`guard_value`] hands a
/// value to the function.
///
/// [`guard_value`]: crate::guard_value()
///
/// The guide: [values](crate::guide::values).
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
/// waits for it, up to the timeout that the program configures, or 10 seconds; a function that
/// itself ends the process is reported. In a forked child the drop of the parent's guard does
/// nothing.
///
/// ```
/// let path = std::env::temp_dir().join(format!("guarded-{}", std::process::id()));
/// std::fs::write(&path, "half done")?;
/// {
///     let path = path.clone();
///     let _guard = exitmacro::guard(move || _ = std::fs::remove_file(path));
///     // Return, panic or exit here: the file is removed.
/// }
/// assert!(!path.exists());
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias("defer", "scopeguard", "finally", "scope guard"))]
#[track_caller]
pub fn guard(function: impl FnOnce() + Send + 'static) -> Guard {
    new("guard", function, When::Always, Ends::All)
}

/// Runs `function` once if its scope ends without a panic: when the returned guard drops while the
/// thread is not unwinding, or else when the process ends successfully. Otherwise `function` is
/// dropped. Plans and reports call it `on_success`, with the path of the function.
///
/// Threads and panics are those of [`guard`]. A guard that is made by a destructor during a panic
/// is not concerned by that panic.
///
/// The guide: [values](crate::guide::values).
///
/// # At exit
///
/// An exit in the middle of the scope ends it without unwinding. The exit status then decides, as
/// for a handler with [`When::Success`]: the function runs at status 0, and in a
/// [`run`](crate::run()) by hand, unless a handler has set another status than 0. It does not run
/// at another status, at a panic that ends the process, or at a signal. A status that an earlier
/// handler set counts. After a run by hand that skipped it, the end of the scope still decides.
///
/// Inside a handler [`exit`](crate::exit()) unwinds, whatever the status, so there it ends the
/// scope as a panic does.
///
/// # Platform
///
/// Where the exit status is not known, [as for `ExitContext::code`](crate::ExitContext::code), the
/// exit run skips the function and prints a line.
///
/// ```
/// use std::sync::mpsc;
///
/// let (sender, steps) = mpsc::channel();
/// {
///     let to_commit = sender.clone();
///     let _commit = exitmacro::on_success(move || _ = to_commit.send("commit"));
///     sender.send("work")?;
/// }
/// assert_eq!(steps.try_iter().collect::<Vec<_>>(), ["work", "commit"]);
/// # Ok::<(), mpsc::SendError<&str>>(())
/// ```
#[doc(alias("defer_on_success"))]
#[track_caller]
pub fn on_success(function: impl FnOnce() + Send + 'static) -> Guard {
    new("on_success", function, When::Success, Ends::Success(Unwinding::now()))
}

/// Runs `function` once if a panic ends its scope: when the returned guard drops while the thread
/// is unwinding, or else when the process fails. Otherwise `function` is dropped. Plans and reports
/// call it `on_unwind`, with the path of the function.
///
/// Threads and panics are those of [`guard`]: at the end of the scope the thread is already
/// unwinding, so a panic in `function` aborts the process. A guard that is made by a destructor
/// during a panic is not concerned by that panic.
///
/// The guide: [values](crate::guide::values).
///
/// # At exit
///
/// An exit in the middle of the scope ends it without unwinding. The exit status then decides, as
/// for a handler with [`When::Failure`]: the function runs at another status than 0, and at a panic
/// that ends the process, also where panics abort. It does not run at status 0, nor at a signal,
/// which is neither a success nor a failure. In a [`run`](crate::run()) by hand it runs only if a
/// handler has set another status than 0. For a function that must run unless the work was
/// completed, use [`guard`], and [`Guard::defuse`] when it was.
///
/// Inside a handler [`exit`](crate::exit()) unwinds, whatever the status, so there it ends the
/// scope as a panic does.
///
/// # Platform
///
/// As for [`on_success`].
///
/// ```
/// use std::sync::mpsc;
///
/// let (sender, steps) = mpsc::channel();
/// let work = move || {
///     let _note = exitmacro::on_unwind(move || _ = sender.send("the work panicked"));
///     panic!("no more work");
/// };
/// assert!(std::thread::spawn(work).join().is_err());
/// assert_eq!(steps.recv()?, "the work panicked");
/// # Ok::<(), mpsc::RecvError>(())
/// ```
#[doc(alias("defer_on_unwind"))]
#[track_caller]
pub fn on_unwind(function: impl FnOnce() + Send + 'static) -> Guard {
    new("on_unwind", function, When::Failure, Ends::Unwind(Unwinding::now()))
}

#[track_caller]
fn new<F: FnOnce() + Send + 'static>(kind: &str, function: F, when: When, ends: Ends) -> Guard {
    // The type of the handler is one of this crate, which tells a user nothing.
    let name = [kind, " ", type_name::<F>()].concat();
    Guard { owner: Owner::new(Function(Box::new(function)), name, when), ends }
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
        self.owner.end(self.ends.include_this_one());
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
    use crate::Location;
    use crate::plan::PlannedHandler;

    fn planned_at(line: u32) -> Option<PlannedHandler> {
        crate::plan()
            .handlers()
            .iter()
            .find(|handler| handler.location() == Location::new(file!(), line))
            .cloned()
    }

    #[test]
    fn a_guard_is_planned_until_its_function_is_done_or_taken_back() {
        for end in [drop::<Guard>, |guard| _ = Guard::defuse(guard)] {
            let line = line!() + 1;
            let guard = guard(|| ());
            assert!(planned_at(line).is_some());
            end(guard);
            assert!(planned_at(line).is_none());
        }
    }

    #[test]
    fn guards_are_planned_under_the_names_of_their_kinds() {
        let line = line!() + 1;
        let _guards = [guard(|| ()), on_success(|| ()), on_unwind(|| ())];
        let names: Vec<String> = crate::plan()
            .handlers()
            .iter()
            .filter(|handler| handler.location() == Location::new(file!(), line))
            .map(|handler| handler.name().split(' ').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(names, ["on_unwind", "on_success", "guard"], "the newest first");
    }

    #[test]
    fn a_guard_can_be_shown() {
        let shown = format!("{:?}", guard(|| ()));
        assert!(shown.starts_with("Guard { id: Some(") && shown.ends_with(", .. }"), "{shown}");
    }
}
