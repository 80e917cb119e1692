//! Finds a thread that std has parked in `pause(2)`, because it called `std::process::exit` while
//! another one is exiting. `/proc` shows the call.
//!
//! A handler may itself wait for a signal in `pause(2)`. So the stack of the thread is read as
//! well: a parked thread is inside `std::process::exit`, so an address to return to in there lies
//! near the top of its stack. The function never returns, so no address of it is left there by an
//! earlier call. If none is found, because the optimiser put the function elsewhere, the thread
//! does not count as parked.

use crate::sys::unix::gone::exists;
use crate::sys::unix::proc_path::ProcPath;
use crate::sys::unix::unwind_table::size_of_function;
use crate::sys::{self, ThreadName};
use core::ffi::c_void;
use std::fs::File;
use std::io::Read;
use std::thread::JoinHandle;

/// A thread that other threads can look at.
#[derive(Clone, Copy)]
pub(crate) struct ThreadWatch(libc::pid_t);

const NO_THREAD: libc::pid_t = -1;

/// How many words of a stack are read: the calls from `std::process::exit` to `pause` take about
/// 15.
const WORDS: usize = 48;

/// The largest possible size of `std::process::exit`.
const LARGEST: usize = 1024;

impl ThreadWatch {
    pub(crate) const CAN_LOOK: bool = true;

    pub(crate) fn current() -> Self {
        Self(super::kernel_thread_id().cast_signed())
    }

    /// The thread to be joined. libc gives its number only as part of the name of a clock.
    pub(crate) fn of<T>(thread: &JoinHandle<T>) -> Self {
        let mut clock: libc::clockid_t = 0;
        // SAFETY: as long as there is a handle, the thread is neither joined nor detached, so its
        // `pthread_t` is valid; `clock` is writable.
        let failure = unsafe {
            libc::pthread_getcpuclockid(
                super::thread_key_of(thread) as libc::pthread_t,
                &raw mut clock,
            )
        };
        // The kernel's format: the complement of the number, and three bits for the kind of clock.
        Self(if failure == 0 { !(clock >> 3) } else { NO_THREAD })
    }

    /// The same in one word, not 0.
    pub(crate) fn to_number(self) -> u32 {
        self.0.cast_unsigned()
    }

    pub(crate) fn from_number(number: u32) -> Self {
        Self(number.cast_signed())
    }

    /// Whether the calling process has such a thread.
    pub(crate) fn exists(self) -> bool {
        exists(self.0) == Some(true)
    }

    /// Its name, as the system shows it. Not known without memory.
    pub(crate) fn name(self) -> Option<ThreadName> {
        if sys::is_starved() {
            return None;
        }
        let name_of = |thread: Self| {
            let name = std::fs::read(thread.path("/comm")).ok()?;
            Some(String::from_utf8_lossy(name.trim_ascii_end()).into_owned())
        };
        let main = Self(super::process_id().cast_signed());
        if self.0 == main.0 {
            return Some(ThreadName::Main);
        }
        let name = name_of(self)?;
        // A new thread has the name of the thread that started it.
        let is_inherited = name.is_empty() || name_of(main).is_some_and(|main| main == name);
        Some(if is_inherited { ThreadName::Nothing } else { ThreadName::Of(name) })
    }

    fn path(self, file: &str) -> ProcPath {
        ProcPath::new("/proc/self/task/", self.to_number(), file)
    }

    pub(crate) fn is_parked(self) -> bool {
        self.stack_in_pause().is_some_and(is_in_std_exit)
    }

    /// The end of the thread's stack, if it is in `pause(2)`. Not known without memory.
    pub(super) fn stack_in_pause(self) -> Option<usize> {
        if sys::is_starved() {
            return None;
        }
        let mut buffer = [0; 256];
        let length =
            File::open(self.path("/syscall")).and_then(|mut file| file.read(&mut buffer)).ok()?;
        // The number of the call, its six arguments, the stack pointer, the instruction pointer.
        let mut words = buffer.get(..length)?.split(|&byte| byte == b' ');
        if number_of(words.next()?, 10) != Some(libc::SYS_pause as usize) {
            return None;
        }
        number_of(words.nth(6)?.strip_prefix(b"0x")?, 16)
    }
}

/// That of a word of ASCII digits.
#[inline(never)]
pub(super) fn number_of(word: &[u8], radix: u32) -> Option<usize> {
    usize::from_str_radix(str::from_utf8(word).ok()?, radix).ok()
}

/// The words at this address of the process's memory; zeroes where nothing is mapped.
fn words_at(address: usize) -> [usize; WORDS] {
    let mut words = [0; WORDS];
    let size = size_of_val(&words);
    let here = libc::iovec { iov_base: words.as_mut_ptr().cast(), iov_len: size };
    let there = libc::iovec { iov_base: address as *mut c_void, iov_len: size };
    // By the kernel, because the thread may continue meanwhile, and its stack may be gone. By
    // number: each name costs every program instructions at its start.
    // SAFETY: the local buffer is writable and has the given size; the kernel checks the other one.
    unsafe {
        libc::syscall(
            libc::SYS_process_vm_readv,
            super::process_id(),
            &raw const here,
            1_usize,
            &raw const there,
            1_usize,
            0_usize,
        )
    };
    words
}

/// Whether an address to return to in `std::process::exit` is near that end of a stack.
pub(super) fn is_in_std_exit(stack: usize) -> bool {
    words_at(stack).into_iter().any(returns_to_std_exit)
}

fn returns_to_std_exit(word: usize) -> bool {
    let function = std::process::exit as *const () as usize;
    // An address to return to is after the call, and so after the beginning; and not after the end,
    // as a call that never returns may be the last instruction.
    let place = word.wrapping_sub(function);
    (1..=LARGEST).contains(&place) && size_of_function(function).is_some_and(|size| place <= size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_found_by_its_handle() {
        let (tells, hears) = std::sync::mpsc::channel();
        let (end, is_end) = std::sync::mpsc::channel::<()>();
        let work = move || {
            tells.send(ThreadWatch::current()).expect("the test waits");
            _ = is_end.recv();
        };
        let builder = std::thread::Builder::new().name("a name".to_owned());
        let thread = builder.spawn(work).expect("it starts");
        let watch = hears.recv().expect("the thread tells");
        assert_eq!(ThreadWatch::of(&thread).to_number(), watch.to_number());
        assert!(
            watch.exists()
                && !watch.is_parked()
                && ThreadWatch::from_number(watch.to_number()).exists()
        );
        assert_eq!(watch.name(), Some(ThreadName::Of("a name".to_owned())));
        drop(end);
        thread.join().expect("the thread does not panic");
        assert!(!ThreadWatch(NO_THREAD).exists() && ThreadWatch(NO_THREAD).name().is_none());
    }
}
