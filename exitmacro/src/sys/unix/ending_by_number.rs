//! Waits for the end of a thread by its number, without `pthread_join`: the loader looks up a name
//! of libc in every program that refers to it, whether it is called or not.

use crate::sys::PlainThread;
use crate::sys::unix::{gone, is_in_main_program, kernel_thread_id, wait_a_moment, yield_now};
use std::thread::JoinHandle;

/// A thread of this process that has only functions of libc left to run.
#[derive(Clone, Copy)]
pub(crate) struct EndingThread(libc::pid_t);

impl EndingThread {
    /// The calling thread.
    pub(crate) fn current() -> Self {
        Self(kernel_thread_id().cast_signed())
    }

    /// Waits until the thread has ended; in the main program not for ever. In a shared object,
    /// which may be unmapped afterwards, the thread may still execute its code.
    pub(crate) fn join(self, thread: JoinHandle<()>) {
        // Nothing else joins it, so it releases its memory itself.
        drop(thread);
        self.wait();
    }

    /// The same for a thread that std does not know.
    pub(crate) fn join_plain(self, thread: PlainThread) {
        drop(thread);
        self.wait();
    }

    #[inline(never)]
    fn wait(self) {
        const YIELDS: u32 = 1_000;
        const MILLISECONDS: u32 = 1_000;
        let may_leave = is_in_main_program(Self::wait as *const ());
        let mut turn = 0_u32;
        loop {
            let is_told = match gone::exists(self.0) {
                Some(false) => return,
                exists => exists.is_some(),
            };
            if turn < YIELDS {
                yield_now();
            } else if turn < YIELDS + MILLISECONDS || (is_told && !may_leave) {
                wait_a_moment();
            } else {
                return;
            }
            turn = turn.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    #[test]
    fn a_thread_that_was_joined_is_gone() {
        for is_plain in [false, true] {
            let (tells, told) = channel();
            let work = move || {
                _ = tells.send(EndingThread::current());
                // So that only a thread that waits finds it gone.
                std::thread::sleep(Duration::from_millis(50));
            };
            let ending = if is_plain {
                let thread = crate::sys::start_thread(None, work).expect("it starts");
                let ending = told.recv().expect("the thread tells");
                ending.join_plain(thread);
                ending
            } else {
                let thread = std::thread::spawn(work);
                let ending = told.recv().expect("the thread tells");
                ending.join(thread);
                ending
            };
            assert_eq!(gone::exists(ending.0), Some(false));
        }
    }

    #[test]
    fn a_thread_that_does_not_end_is_not_waited_for_for_ever() {
        let (tells, told) = channel();
        let (end, is_end) = channel::<()>();
        let thread = std::thread::spawn(move || {
            _ = tells.send(EndingThread::current());
            _ = is_end.recv();
        });
        let ending = told.recv().expect("the thread tells");
        let start = Instant::now();
        ending.join(thread);
        assert!(start.elapsed() >= Duration::from_secs(1));
        assert_eq!(gone::exists(ending.0), Some(true));
        drop(end);
    }
}
