//! Whether std has parked a runner, of which the number is not known: to have it, each runner would
//! ask the system for it, in each run. A thread whose stack pointer is in the runner's stack is the
//! runner.

use crate::sys::ThreadKey;
use crate::sys::unix::watch::{ThreadWatch, is_in_std_exit, number_of};
use std::fs::File;
use std::os::fd::AsRawFd;

/// Whether std has parked the thread of this key, which exists, and whose stack is at least that
/// large. `true` is certain.
pub(crate) fn is_parked(thread: ThreadKey, stack: usize) -> bool {
    in_pause(thread, stack).is_some_and(is_in_std_exit)
}

/// Whether it is where std would park it. `false` is certain, unless it uses more of its stack.
pub(crate) fn might_be_parked(thread: ThreadKey, stack: usize) -> bool {
    in_pause(thread, stack).is_some()
}

/// The end of the thread's stack, if it is in `pause(2)`. Not known without memory.
fn in_pause(thread: ThreadKey, stack: usize) -> Option<usize> {
    let mut threads = Threads::of_this_process()?;
    core::iter::from_fn(|| threads.next())
        .filter_map(ThreadWatch::stack_in_pause)
        // libc keeps what it knows of a thread above its stack, and that is the key.
        .find(|pointer| thread.wrapping_sub(*pointer) < stack)
}

/// The threads of the process, as a directory lists them. Not by std, which takes three more
/// functions of libc for that, and each of them costs every program instructions at its start.
struct Threads {
    directory: File,
    /// What the kernel has written last, and how much of it was read.
    entries: [u8; 1024],
    length: usize,
    at: usize,
}

impl Threads {
    fn of_this_process() -> Option<Self> {
        let directory = File::open("/proc/self/task").ok()?;
        Some(Self { directory, entries: [0; 1024], length: 0, at: 0 })
    }

    fn next(&mut self) -> Option<ThreadWatch> {
        loop {
            if self.at >= self.length {
                self.read()?;
            }
            let entry = self.entries.get(self.at..self.length)?;
            // The number of the file, that of the next entry, the length of this one, the kind of
            // the file, and its name, which ends with a zero.
            let length = u16::from_ne_bytes([*entry.get(16)?, *entry.get(17)?]);
            let name = entry.get(19..usize::from(length))?.split(|byte| *byte == 0).next()?;
            self.at += usize::from(length);
            if let Some(number) = number_of(name, 10) {
                return Some(ThreadWatch::from_number(number as u32));
            }
        }
    }

    /// Reads further entries; `None` at the end.
    fn read(&mut self) -> Option<()> {
        // SAFETY: the buffer is writable and has the given size; the descriptor is open.
        let length = unsafe {
            libc::syscall(
                libc::SYS_getdents64,
                self.directory.as_raw_fd(),
                self.entries.as_mut_ptr(),
                self.entries.len(),
            )
        };
        (self.length, self.at) = (usize::try_from(length).ok()?, 0);
        (self.length > 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys;
    use std::thread;

    #[test]
    fn all_threads_are_listed() {
        let (end, is_end) = std::sync::mpsc::channel::<()>();
        let is_end = std::sync::Arc::new(std::sync::Mutex::new(is_end));
        let (tells, hears) = std::sync::mpsc::channel();
        // More than one call of the kernel lists.
        let started: Vec<_> = (0..100)
            .map(|_| {
                let (is_end, tells) = (std::sync::Arc::clone(&is_end), tells.clone());
                thread::spawn(move || {
                    tells.send(ThreadWatch::current().to_number()).expect("the test waits");
                    _ = is_end.lock().map(|end| end.recv());
                })
            })
            .collect();
        let numbers: Vec<u32> = hears.iter().take(100).collect();
        let mut threads = Threads::of_this_process().expect("it is there");
        let listed: Vec<u32> =
            core::iter::from_fn(|| threads.next()).map(ThreadWatch::to_number).collect();
        drop(end);
        assert!(numbers.iter().all(|number| listed.contains(number)), "{numbers:?} {listed:?}");
        for thread in started {
            thread.join().expect("it does not panic");
        }
    }

    #[test]
    fn a_thread_in_pause_is_found_by_its_key() {
        const STACK: usize = 256 * 1024;
        let (tells, hears) = std::sync::mpsc::channel();
        for _ in 0..2 {
            let tells = tells.clone();
            let pauses = move || {
                let me = (sys::thread_key(), ThreadWatch::current().to_number());
                tells.send(me).expect("the test waits");
                // SAFETY: no preconditions. No signal comes, and the thread ends with the process.
                unsafe { libc::pause() };
            };
            thread::Builder::new().stack_size(STACK).spawn(pauses).expect("it starts");
        }
        for (key, number) in hears.iter().take(2) {
            while in_pause(key, STACK).is_none() {
                thread::yield_now();
            }
            assert_eq!(in_pause(key, STACK), ThreadWatch::from_number(number).stack_in_pause());
            assert!(might_be_parked(key, STACK) && !is_parked(key, STACK), "std has not parked it");
        }
        assert!(!might_be_parked(sys::thread_key(), STACK), "this thread runs");
    }
}
