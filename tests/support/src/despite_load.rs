//! Another attempt for tests that a busy machine makes fail.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitStatus;
use std::thread;
use std::time::Duration;

thread_local! {
    /// Whether a program that this thread waited for has crashed since the attempt began.
    static CRASHED: Cell<bool> = const { Cell::new(false) };
}

/// Call this with the end of each program that a test starts: load makes no program crash.
pub fn note_end(status: ExitStatus) {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const CRASHES: [i32; 5] =
            [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT];
        if status.signal().is_some_and(|signal| CRASHES.contains(&signal)) {
            CRASHED.set(true);
        }
    }
    #[cfg(not(unix))]
    let _ = status;
}

/// Repeats a test that depends on a limit which a busy machine may exceed. Load makes some attempts
/// fail; a fault of the program makes each one fail. A crash of a program is a fault at once.
///
/// A test that can detect that the limit was exceeded repeats itself only then, without this
/// function.
///
/// # Panics
///
/// When the last attempt panics, or an attempt in which a program crashed.
pub fn despite_load(test: impl Fn()) {
    const ATTEMPTS: u32 = 12;
    for attempt in 1..ATTEMPTS {
        CRASHED.set(false);
        match panic::catch_unwind(AssertUnwindSafe(&test)) {
            Ok(()) => return,
            Err(why) if CRASHED.get() => panic::resume_unwind(why),
            Err(_) => thread::sleep(Duration::from_millis(50) * attempt),
        }
    }
    test();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn attempts(status: i32) -> u32 {
        let attempts = Cell::new(0);
        let fails_once = || {
            attempts.set(attempts.get() + 1);
            note_end(ExitStatus::from_raw(status));
            assert_ne!(attempts.get(), 1);
        };
        _ = panic::catch_unwind(AssertUnwindSafe(|| despite_load(fails_once)));
        attempts.get()
    }

    #[test]
    fn a_crash_is_no_load() {
        assert_eq!(attempts(3 << 8), 2);
        for signal in [libc::SIGSEGV, libc::SIGABRT] {
            assert_eq!(attempts(signal), 1);
        }
    }
}
