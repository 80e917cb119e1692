//! Work on a thread of its own, for which the calling thread waits only for a limited time.

#[cfg(target_os = "wasi")]
use crate::sys;
use crate::threads::{self, Thread};
use core::time::Duration;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Why the work is not done.
pub(crate) enum NotDone {
    NoThread(io::Error),
    /// The time has expired, and the thread is left behind.
    Late,
}

/// Does `work` on a thread of that name, and waits for it at most for `timeout`. Returns what the
/// work returned, `None` if it panicked, and the thread, which may not have ended yet.
///
/// Not by a channel of std: that leaves a thread-local to be dropped on the calling thread, which
/// would keep a shared object mapped as long as that thread lives.
pub(crate) fn run<T: Send + 'static>(
    timeout: Duration,
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<(Option<T>, Thread), NotDone> {
    let output = Arc::new(Mutex::new(None));
    let for_worker = Arc::clone(&output);
    let task = move || *lock(&for_worker) = Some(work());
    let thread = run_boxed(timeout, name, Box::new(task))?;
    let output = lock(&output).take();
    Ok((output, thread))
}

/// The same for work without a result. One function for all kinds of work.
fn run_boxed(
    timeout: Duration,
    name: &str,
    work: Box<dyn FnOnce() + Send>,
) -> Result<Thread, NotDone> {
    #[cfg(target_os = "wasi")]
    if !sys::HAS_THREADS {
        // No other thread has a lock that the work could wait for.
        work();
        return Ok(Thread::Plain(sys::PlainThread));
    }
    let shared = Arc::new((Mutex::new(false), Condvar::new()));
    let for_worker = Arc::clone(&shared);
    let task = move || {
        // The panic has been reported.
        _ = catch_unwind(AssertUnwindSafe(work));
        *lock(&for_worker.0) = true;
        for_worker.1.notify_all();
    };
    let thread = threads::spawn(name, task).map_err(NotDone::NoThread)?;
    let (is_done, changed) = &*shared;
    let (is_done, _) = changed
        .wait_timeout_while(lock(is_done), timeout, |is_done| !*is_done)
        .unwrap_or_else(PoisonError::into_inner);
    if *is_done {
        return Ok(thread);
    }
    threads::keep_code_loaded();
    Err(NotDone::Late)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::clock::Moment;
    use std::sync::mpsc;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn work_that_ends_is_done() {
        let (sender, receiver) = mpsc::channel();
        let work = move || sender.send(7).map(|()| 8);
        assert!(matches!(run(LONG, "test", work), Ok((Some(Ok(8)), _))));
        assert_eq!(receiver.try_recv(), Ok(7));
    }

    #[test]
    fn work_that_panics_is_not_waited_for() {
        let start = Moment::now();
        assert!(matches!(run(LONG, "test", || panic!("as asked")), Ok((None::<()>, _))));
        assert!(Moment::now().since(start) < LONG);
    }

    #[test]
    fn work_that_takes_longer_is_left_behind() {
        let (sender, receiver) = mpsc::channel::<()>();
        let late = run(Duration::from_millis(10), "test", move || receiver.recv().is_ok());
        assert!(matches!(late, Err(NotDone::Late)));
        drop(sender);
    }
}
