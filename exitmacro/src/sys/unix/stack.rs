//! The stack of another thread, captured by an OS handler that runs on that thread.
//!
//! The signal is a real-time one that has its default disposition, so that the program does not use
//! it. It gets its disposition back when the OS handler has run. Where that does not happen in
//! time, the disposition stays: the default one would end the process when the signal arrives
//! later. The OS handler then does nothing.

use super::errno::keep_errno;
use super::proc_path::ProcPath;
use core::ffi::{c_int, c_void};
use core::time::Duration;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize};

/// How many frames are captured at most, those of the OS handler included.
const MOST: usize = 96;

/// A thread that another thread can ask for its stack.
#[derive(Clone, Copy)]
pub(crate) struct StackOwner(libc::pid_t);

/// The frames of a stack, the innermost first, by the addresses of their code.
pub(crate) type Frames = Vec<usize>;

/// One capture at a time. Stays set when an OS handler is late that may still write the frames.
static IS_IN_USE: AtomicBool = AtomicBool::new(false);

/// The thread whose stack is asked for; [`NO_THREAD`] once that has been taken up.
static WANTED: AtomicI32 = AtomicI32::new(NO_THREAD);
const NO_THREAD: libc::pid_t = 0;

static FRAMES: [AtomicUsize; MOST] = [const { AtomicUsize::new(0) }; MOST];
/// How many of them there are, and the address at which the thread was interrupted.
static LENGTH: AtomicUsize = AtomicUsize::new(0);
static INTERRUPTED_AT: AtomicUsize = AtomicUsize::new(0);
static IS_DONE: AtomicBool = AtomicBool::new(false);

impl StackOwner {
    pub(crate) fn current() -> Self {
        Self(super::kernel_thread_id().cast_signed())
    }

    /// The stack of the thread; `None` when it has ended, blocks all signals that are free, or does
    /// not run within `timeout`.
    pub(crate) fn capture(self, timeout: Duration) -> Option<Frames> {
        if IS_IN_USE.swap(true, AcqRel) {
            return None;
        }
        let captured = self.capture_alone(timeout);
        // Not when an OS handler may still write.
        if captured.is_some() || WANTED.swap(NO_THREAD, AcqRel) != NO_THREAD {
            IS_IN_USE.store(false, Release);
        }
        captured
    }

    fn capture_alone(self, timeout: Duration) -> Option<Frames> {
        warm_up();
        IS_DONE.store(false, Relaxed);
        WANTED.store(self.0, Release);
        let (signal, before) = self.take_free_signal()?;
        // SAFETY: no memory is passed. A thread that has ended is an error, and nothing is sent.
        let sent = unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), self.0, signal) } == 0;
        let end = super::monotonic_nanoseconds() + timeout.as_nanos() as u64;
        while sent && !IS_DONE.load(Acquire) && super::monotonic_nanoseconds() < end {
            super::wait_a_moment();
        }
        let is_done = IS_DONE.load(Acquire);
        if is_done || !sent {
            give_back(signal, &before);
        }
        is_done.then(frames)
    }

    /// Takes over a signal that the program does not use, and that the thread does not block.
    fn take_free_signal(self) -> Option<(c_int, libc::sigaction)> {
        let blocked = self.blocked();
        // SAFETY: all zeroes is a valid `sigaction`, of an empty mask.
        let mut ours: libc::sigaction = unsafe { core::mem::zeroed() };
        ours.sa_sigaction = on_signal as *const () as usize;
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        (libc::SIGRTMIN()..=libc::SIGRTMAX()).rev().find_map(|signal| {
            if blocked >> (signal - 1) & 1 == 1 || disposition(signal)? != libc::SIG_DFL {
                return None;
            }
            // SAFETY: as above.
            let mut before: libc::sigaction = unsafe { core::mem::zeroed() };
            // SAFETY: `on_signal` is async-signal-safe, and has the type that `SA_SIGINFO` asks
            // for; `before` is writable.
            let failure = unsafe { libc::sigaction(signal, &raw const ours, &raw mut before) };
            if failure != 0 {
                return None;
            }
            if before.sa_sigaction != libc::SIG_DFL {
                // Another thread was faster.
                give_back(signal, &before);
                return None;
            }
            Some((signal, before))
        })
    }

    /// The signals that the thread blocks, as bits; none where the system does not show them.
    fn blocked(self) -> u64 {
        let status = ProcPath::new("/proc/self/task/", self.0.cast_unsigned(), "/status");
        let shown = std::fs::read_to_string(status);
        let blocked = shown.as_deref().ok().and_then(|shown| {
            let line = shown.lines().find_map(|line| line.strip_prefix("SigBlk:"))?;
            u64::from_str_radix(line.trim(), 16).ok()
        });
        blocked.unwrap_or(0)
    }
}

fn disposition(signal: c_int) -> Option<usize> {
    // SAFETY: all zeroes is a valid `sigaction`, which the call overwrites.
    let mut found: libc::sigaction = unsafe { core::mem::zeroed() };
    // SAFETY: null reads the disposition without a change.
    let failure = unsafe { libc::sigaction(signal, core::ptr::null(), &raw mut found) };
    (failure == 0).then_some(found.sa_sigaction)
}

/// Restores the disposition, unless other code has changed it meanwhile.
fn give_back(signal: c_int, before: &libc::sigaction) {
    if disposition(signal) == Some(on_signal as *const () as usize) {
        // SAFETY: the system returned this disposition.
        unsafe {
            libc::sigaction(signal, core::ptr::from_ref(before), core::ptr::null_mut());
        }
    }
}

/// Has the loader find what unwinding calls, so that the OS handler need not wait for its lock.
fn warm_up() {
    // SAFETY: nothing else symbolises here; the closure only reads the address.
    unsafe { backtrace::trace_unsynchronized(|frame| frame.ip().is_null()) };
}

/// The frames from the interrupted one on. Where unwinding did not pass the frame of the OS
/// handler, the interrupted one alone.
fn frames() -> Frames {
    let all: Frames =
        FRAMES.iter().take(LENGTH.load(Relaxed)).map(|frame| frame.load(Relaxed)).collect();
    let interrupted_at = INTERRUPTED_AT.load(Relaxed);
    match all.iter().position(|&frame| frame == interrupted_at) {
        Some(first) => all.get(first..).unwrap_or_default().to_vec(),
        None if interrupted_at == 0 => all,
        None => vec![interrupted_at],
    }
}

/// The OS handler. On a thread that was not asked it does nothing.
extern "C" fn on_signal(_: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    let me = super::kernel_thread_id().cast_signed();
    if WANTED.compare_exchange(me, NO_THREAD, AcqRel, Relaxed).is_err() {
        return;
    }
    INTERRUPTED_AT.store(interrupted_at(context), Relaxed);
    let mut length = 0;
    let keep = |frame: &backtrace::Frame| {
        if let Some(place) = FRAMES.get(length) {
            place.store(frame.ip() as usize, Relaxed);
            length += 1;
        }
        length < MOST
    };
    // SAFETY: unwinding itself keeps no state in this process that other threads share. It writes
    // on its own stack; the closure stores numbers.
    keep_errno(|| unsafe { backtrace::trace_unsynchronized(keep) });
    LENGTH.store(length, Relaxed);
    IS_DONE.store(true, Release);
}

/// The address of the instruction before which the thread was interrupted; 0 where it is unknown.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn interrupted_at(context: *mut c_void) -> usize {
    // SAFETY: with `SA_SIGINFO` the system passes a pointer to a valid context, or, as some
    // emulators do, null.
    let Some(context) = (unsafe { context.cast::<libc::ucontext_t>().as_ref() }) else { return 0 };
    #[cfg(target_arch = "x86_64")]
    let address = context.uc_mcontext.gregs[libc::REG_RIP as usize] as usize;
    #[cfg(target_arch = "aarch64")]
    let address = context.uc_mcontext.pc as usize;
    address
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn interrupted_at(_: *mut c_void) -> usize {
    0
}

#[cfg(test)]
#[path = "stack_tests.rs"]
mod tests;
