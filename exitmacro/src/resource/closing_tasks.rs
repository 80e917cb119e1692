//! In which runtimes tasks close values. An exit that waits for such a task looks whether the
//! runtime still runs tasks.
//!
//! The lock is held for a moment, and only tried, because a forked child may inherit it locked. A
//! task that is not noted is waited for until the handler's timeout.

use crate::sys;
use std::sync::{Mutex, MutexGuard};
use tokio::runtime::Handle;

static TASKS: Mutex<Vec<(usize, Handle)>> = Mutex::new(Vec::new());

fn tasks() -> Option<MutexGuard<'static, Vec<(usize, Handle)>>> {
    sys::if_soon_free(&TASKS, 1_000)
}

/// Notes that a task of `runtime` closes the value at that address.
pub(super) fn note(value: usize, runtime: Handle) {
    if let Some(mut tasks) = tasks()
        && tasks.try_reserve(1).is_ok()
    {
        tasks.push((value, runtime));
    }
}

/// The task at that address has ended.
pub(super) fn forget(value: usize) {
    let forgotten = tasks().and_then(|mut tasks| {
        let place = tasks.iter().rposition(|(other, _)| *other == value)?;
        Some(tasks.swap_remove(place))
    });
    // After the lock is released: it may be the last handle of a runtime.
    drop(forgotten);
}

/// The runtime whose task closes the value at that address.
pub(super) fn runtime_of(value: usize) -> Option<Handle> {
    let tasks = tasks()?;
    tasks.iter().rfind(|(other, _)| *other == value).map(|(_, runtime)| runtime.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;

    #[test]
    fn tasks_are_known_until_they_have_ended() {
        let runtime = Builder::new_current_thread().build().expect("it needs no thread");
        let value = 0;
        let address = (&raw const value).addr();
        note(address, runtime.handle().clone());
        assert!(runtime_of(address).is_some() && runtime_of(address + 1).is_none());
        forget(address);
        assert!(runtime_of(address).is_none());
        forget(address);
    }
}
