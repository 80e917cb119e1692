//! Work on a thread of its own, which the run waits for no longer than a limit.

use crate::handler::clock::Moment;
use crate::{sys, threads};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Why the run does not have what it asked for.
pub(super) enum NotDone {
    NoThread(io::Error),
    /// The limit has expired, and the thread is left behind.
    Late,
}

/// Whether the work has ended.
struct Progress {
    is_done: Mutex<bool>,
    changed: Condvar,
}

/// Says that the work has ended, also where it panicked.
struct Notice(Arc<Progress>);

impl Drop for Notice {
    fn drop(&mut self) {
        *self.0.is_done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

/// Does `work` on a thread of that name, and waits for it at most for `limit`.
pub(super) fn within(
    limit: Duration,
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<(), NotDone> {
    let progress = Arc::new(Progress { is_done: Mutex::new(false), changed: Condvar::new() });
    let notice = Notice(Arc::clone(&progress));
    let work = move || {
        let _notice = notice;
        work();
    };
    threads::spawn(name, work).map_err(NotDone::NoThread)?;
    let end = Moment::now().plus(limit);
    let mut is_done = progress.is_done.lock().unwrap_or_else(PoisonError::into_inner);
    while !*is_done {
        let left = end.since(Moment::now());
        if left.is_zero() {
            keep_code();
            return Err(NotDone::Late);
        }
        is_done =
            progress.changed.wait_timeout(is_done, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    Ok(())
}

/// The thread that is left behind executes code of this object, which must therefore stay.
fn keep_code() {
    let here = keep_code as *const ();
    if !sys::is_in_main_program(here) {
        sys::keep_loaded(here);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn work_that_ends_is_done() {
        let (sender, receiver) = mpsc::channel();
        assert!(within(LONG, "test", move || _ = sender.send(7)).is_ok());
        assert_eq!(receiver.try_recv(), Ok(7));
    }

    #[test]
    fn work_that_panics_is_not_waited_for() {
        let start = Moment::now();
        assert!(within(LONG, "test", || panic!("as asked")).is_ok());
        assert!(Moment::now().since(start) < LONG);
    }

    #[test]
    fn work_that_takes_longer_is_left_behind() {
        let (sender, receiver) = mpsc::channel::<()>();
        let late = within(Duration::from_millis(10), "test", move || _ = receiver.recv());
        assert!(matches!(late, Err(NotDone::Late)));
        drop(sender);
    }
}
