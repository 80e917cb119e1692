//! Work on a thread of its own, for which the calling thread waits only for a limited time.

use crate::one_shot::OneShot;
#[cfg(target_os = "wasi")]
use crate::sys;
use crate::sys::EndingThread;
use crate::threads::{self, Thread};
use core::time::Duration;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

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

/// Does `work` on a thread of that name, and waits for it at most for `timeout`.
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
    let result = Arc::new(OneShot::new());
    let for_worker = Arc::clone(&result);
    let task = move || {
        // The panic has been reported.
        let output = catch_unwind(AssertUnwindSafe(work)).ok();
        for_worker.send((output, EndingThread::current()));
    };
    let thread = threads::spawn(name, task).map_err(NotDone::NoThread)?;
    if let Some((output, ending)) = result.receive_within(timeout) {
        return Ok(Done { output, thread, ending });
    }
    threads::keep_code_loaded();
    Err(NotDone::Late)
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
