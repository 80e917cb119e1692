//! A value that a function gets at the end of a scope or at the end of the process.
//!
//! At exit a runner thread takes the value, while the thread that has the guard may still run. So
//! the guard does not dereference to the value, which would be a second way to it: the owner locks
//! the value, and the exit run waits. The owner itself never waits, because only one thread has the
//! guard, and a value that the exit run has taken does not come back.

use crate::handler::When;
use crate::resource::guarded::{Content, Locked, Owner};
use core::any::type_name;
use core::fmt;
use core::ops::{Deref, DerefMut};

/// A value, and the function that gets it.
struct Valued<T> {
    value: T,
    function: Box<dyn FnOnce(T) + Send>,
}

impl<T: Send + 'static> Content for Valued<T> {
    fn run(self) {
        (self.function)(self.value);
    }
}

/// Hands its value to a function once: when it is dropped, or at exit, whichever comes first.
/// Returned by [`guard_value`].
///
/// It gives access to the value by [`lock`](Self::lock), and gives it back by
/// [`into_inner`](Self::into_inner).
///
/// ```
/// use exitmacro::{ValueGuard, guard_value};
/// use std::sync::mpsc;
///
/// let (sender, written) = mpsc::channel();
/// let mut lines: ValueGuard<_> = guard_value(vec!["a"], move |lines| _ = sender.send(lines));
/// lines.lock().expect("no exit run has begun").push("b");
/// drop(lines); // Here, or at exit.
/// assert_eq!(written.recv()?, ["a", "b"]);
/// # Ok::<(), mpsc::RecvError>(())
/// ```
#[must_use = "a guard that is not bound to a name runs its function at once, \
              also by `let _ =`; bind it to a name such as `guard`"]
pub struct ValueGuard<T: Send + 'static> {
    owner: Owner<Valued<T>>,
}

/// Calls `function` with `value` once: when the returned guard drops, or else when the process
/// ends, with priority 0. Plans and reports call it `guard`, with the path of the function.
///
/// Threads and panics are those of [`guard`](crate::guard()).
///
/// The guide: [values](crate::guide::values).
///
/// # Access to the value
///
/// [`ValueGuard::lock`] gives exclusive access. The guard does not implement `Deref`: at exit a
/// runner thread takes the value, while other threads run on, and a reference of theirs would refer
/// to a value that is gone. For a value that many threads use, and that is closed by reference, see
/// [`track`](crate::track()).
///
/// # At exit
///
/// If the value is locked, the exit run waits until the lock is dropped, up to the timeout of all
/// handlers. If the thread that has the lock ends the process or cannot continue, the exit run
/// reports the value as busy at once, and `function` is not called. Otherwise as for
/// [`guard`](crate::guard()). In a forked child `function` is not called, and the child's copy of
/// the value is not dropped.
///
/// ```
/// use std::sync::mpsc;
///
/// let (sender, written) = mpsc::channel();
/// {
///     let mut lines = exitmacro::guard_value(Vec::new(), move |lines| _ = sender.send(lines));
///     if let Some(mut lines) = lines.lock() {
///         lines.push("first");
///     }
///     // Return, panic or exit here: the lines are sent.
/// }
/// assert_eq!(written.recv()?, ["first"]);
/// # Ok::<(), mpsc::RecvError>(())
/// ```
#[doc(alias("scopeguard", "defer"))]
#[track_caller]
pub fn guard_value<T, F>(value: T, function: F) -> ValueGuard<T>
where
    T: Send + 'static,
    F: FnOnce(T) + Send + 'static,
{
    let name = ["guard ", type_name::<F>()].concat();
    let valued = Valued { value, function: Box::new(function) };
    ValueGuard { owner: Owner::new(valued, name, When::Always) }
}

impl<T: Send + 'static> ValueGuard<T> {
    /// Gives access to the value. `None` when the exit run has taken it: the process is about to
    /// end, or [`run`](crate::run()) was called by hand. Never waits.
    ///
    /// Keep the lock as short as a reference, and drop it before a call that ends the process: the
    /// exit run waits for it. A lock that is leaked leaves the value locked for ever: `function` is
    /// not called. The line about that names the place of the call, and on Linux on x86-64 the
    /// thread.
    ///
    /// A panic while the value is locked does not change that `function` gets it. In a forked child
    /// it is the child's copy.
    ///
    /// ```
    /// let mut count = exitmacro::guard_value(1, |count| println!("{count} at the end"));
    /// if let Some(mut count) = count.lock() {
    ///     *count += 1;
    /// }
    /// assert_eq!(count.lock().as_deref(), Some(&2));
    /// ```
    #[must_use = "the value is only locked for as long as the result lives"]
    #[track_caller]
    pub fn lock(&mut self) -> Option<LockedValue<'_, T>> {
        self.owner.lock().map(LockedValue)
    }

    /// Cancels the guard and returns its value. The function is dropped without a call.
    ///
    /// `None` when the exit run was faster, and the function has the value. In a forked child also
    /// `None`: the value is left to the parent.
    ///
    /// ```
    /// let draft = exitmacro::guard_value(String::from("done"), |_| unreachable!());
    /// assert_eq!(draft.into_inner().as_deref(), Some("done"));
    /// ```
    pub fn into_inner(self) -> Option<T> {
        // The guard's drop removes the handler from the table.
        self.owner.defuse().ok()?.map(|valued| valued.value)
    }
}

impl<T: Send + 'static> Drop for ValueGuard<T> {
    fn drop(&mut self) {
        self.owner.end(true);
    }
}

impl<T: Send + 'static> fmt::Debug for ValueGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.owner.fmt("ValueGuard", f)
    }
}

/// Exclusive access to the value of a [`ValueGuard`]. Returned by [`ValueGuard::lock`].
///
/// While it lives, the exit run waits for the value. It stays on its thread, so that the exit run
/// knows for which thread it waits.
///
/// ```
/// use exitmacro::LockedValue;
///
/// fn add(mut sums: LockedValue<'_, Vec<u32>>) -> usize {
///     sums.push(3);
///     sums.len()
/// }
///
/// let mut sums = exitmacro::guard_value(vec![1, 2], |sums| println!("{sums:?}"));
/// assert_eq!(sums.lock().map(add), Some(3));
/// ```
#[must_use = "the value is only locked for as long as this lives"]
pub struct LockedValue<'a, T: Send + 'static>(Locked<'a, Valued<T>>);

impl<T: Send + 'static> Deref for LockedValue<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: Send + 'static> DerefMut for LockedValue<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0.value
    }
}

impl<T: Send + fmt::Debug + 'static> fmt::Debug for LockedValue<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    #[test]
    fn a_value_need_not_be_shared_to_be_guarded() {
        fn is_send<T: Send>(value: T) -> T {
            value
        }
        let (sender, ended) = channel();
        let guard = guard_value(Cell::new(1), move |value| _ = sender.send(value.get()));
        let mut guard = is_send(guard);
        guard.lock().expect("it waits").set(2);
        drop(guard);
        assert_eq!(ended.recv(), Ok(2));
    }

    #[test]
    fn a_panic_while_the_value_is_locked_leaves_it_to_the_function() {
        let (sender, ended) = channel();
        let mut guard = guard_value(0, move |value| _ = sender.send(value));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let mut value = guard.lock().expect("it waits");
            *value = 3;
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(panicked.is_err());
        *guard.lock().expect("it waits again") += 1;
        drop(guard);
        assert_eq!(ended.recv(), Ok(4));
    }

    #[test]
    fn a_leaked_lock_keeps_the_value_from_the_function_and_from_the_owner() {
        let value = Arc::new(());
        for end in [drop::<ValueGuard<_>>, |guard: ValueGuard<Arc<()>>| {
            assert!(guard.into_inner().is_none());
        }] {
            let mut guard = guard_value(Arc::clone(&value), |_| unreachable!("it is locked"));
            core::mem::forget(guard.lock());
            assert!(guard.lock().is_none());
            end(guard);
            assert_eq!(Arc::strong_count(&value), 1, "it is dropped all the same");
        }
    }

    #[test]
    fn guards_of_values_can_be_shown() {
        let mut guard = guard_value(5, |_| ());
        assert_eq!(format!("{:?}", guard.lock().expect("it waits")), "5");
        let shown = format!("{guard:?}");
        assert!(
            shown.starts_with("ValueGuard { id: Some(") && shown.ends_with(", .. }"),
            "{shown}"
        );
    }
}
