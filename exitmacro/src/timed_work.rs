//! Work on a thread of its own, for which the calling thread waits only for a limited time.

#[cfg(target_os = "wasi")]
use crate::sys;
use crate::sys::EndingThread;
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

/// Work that is done.
pub(crate) struct Done<T> {
    /// What the work returned, `None` if it panicked.
    pub(crate) output: Option<T>,
    /// Its thread, which may not have ended yet.
    pub(crate) thread: Thread,
    pub(crate) ending: EndingThread,
}

/// What the worker and the thread that waits for it share.
struct Shared<T> {
    result: Mutex<Option<(Option<T>, EndingThread)>>,
    has_result: Condvar,
}

/// Does `work` on a thread of that name, and waits for it at most for `timeout`.
///
/// Not by a channel of std: that leaves a thread-local to be dropped on the calling thread, which
/// would keep a shared object mapped as long as that thread lives.
pub(crate) fn run<T: Send + 'static>(
    timeout: Duration,
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Done<T>, NotDone> {
    #[cfg(target_os = "wasi")]
    if !sys::HAS_THREADS {
        // No other thread has a lock that the work could wait for.
        let (thread, ending) = (Thread::Plain(sys::PlainThread), EndingThread::current());
        return Ok(Done { output: Some(work()), thread, ending });
    }
    let shared = Arc::new(Shared { result: Mutex::new(None), has_result: Condvar::new() });
    let for_worker = Arc::clone(&shared);
    let task = move || {
        // The panic has been reported.
        let output = catch_unwind(AssertUnwindSafe(work)).ok();
        *lock(&for_worker.result) = Some((output, EndingThread::current()));
        for_worker.has_result.notify_all();
    };
    let thread = threads::spawn(name, task).map_err(NotDone::NoThread)?;
    let mut result = threads::wait_for(&shared.has_result, lock(&shared.result), timeout);
    if let Some((output, ending)) = result.take() {
        return Ok(Done { output, thread, ending });
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
        assert!(matches!(run(LONG, "test", work), Ok(Done { output: Some(Ok(8)), .. })));
        assert_eq!(receiver.try_recv(), Ok(7));
    }

    #[test]
    fn work_that_panics_is_not_waited_for() {
        let start = Moment::now();
        assert!(matches!(
            run(LONG, "test", || panic!("as asked")),
            Ok(Done { output: None::<()>, .. })
        ));
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
