//! A timer of the kernel, for when threads cannot be relied on: a handler that hangs may have a
//! lock that libc needs to start a thread, or to end the process.

use super::mask::unblock;
use core::ffi::{c_int, c_long, c_uint};
use core::time::Duration;

/// The signal that the timer sends: a real-time signal near the end of their range, where programs
/// rarely have any. QEMU's user mode keeps the two behind it for itself.
const SIGNAL: c_int = 62;

/// The kernel's `sigevent`, of 64 bytes.
#[repr(C)]
struct Event {
    value: usize,
    signal: c_int,
    notify: c_int,
    rest: [c_uint; REST],
}

const REST: usize = (64 - size_of::<usize>() - 8) / 4;

/// The kernel's `itimerspec` whose seconds have the size of a register.
#[repr(C)]
struct Times {
    interval: [c_long; 2],
    first: [c_long; 2],
}

/// Has the function called after this time, as an OS handler, on a thread that does not block its
/// signal, such as the calling one. A forked child does not have the timer.
pub(crate) fn call_after(time: Duration, function: extern "C" fn(c_int)) {
    // SAFETY: all zeroes is a valid `sigaction`.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    action.sa_sigaction = function as usize;
    // SAFETY: the function has the type of a handler without information.
    unsafe { libc::sigaction(SIGNAL, &raw const action, core::ptr::null_mut()) };
    unblock([SIGNAL]);
    let event = Event { value: 0, signal: SIGNAL, notify: libc::SIGEV_SIGNAL, rest: [0; REST] };
    let seconds = c_long::try_from(time.as_secs()).unwrap_or(c_long::MAX);
    // A time of zero would stop the timer.
    let nanoseconds = c_long::from(time.subsec_nanos().max(1) as i32);
    let times = Times { interval: [0; 2], first: [seconds, nanoseconds] };
    let mut timer: c_int = 0;
    // SAFETY: the event and the place of the timer are valid, and so are the times.
    unsafe {
        let clock = libc::CLOCK_MONOTONIC;
        if libc::syscall(libc::SYS_timer_create, clock, &raw const event, &raw mut timer) == 0 {
            libc::syscall(libc::SYS_timer_settime, timer, 0, &raw const times, 0_usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI32, Ordering};
    use std::time::Instant;

    static CALLED: AtomicI32 = AtomicI32::new(0);

    extern "C" fn note(signal: c_int) {
        CALLED.fetch_add(signal, Ordering::Relaxed);
    }

    #[test]
    fn the_function_is_called_once_and_not_before_its_time() {
        const TIME: Duration = Duration::from_millis(50);
        let start = Instant::now();
        call_after(TIME, note);
        while CALLED.load(Ordering::Relaxed) == 0 {
            crate::sys::wait_a_moment();
        }
        assert!(start.elapsed() >= TIME);
        std::thread::sleep(2 * TIME);
        assert_eq!(CALLED.load(Ordering::Relaxed), SIGNAL);
    }
}
