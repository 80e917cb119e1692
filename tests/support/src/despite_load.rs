//! Another attempt for tests that a busy machine makes fail.

use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

/// For what a limit of the program decides, which is shorter than a busy machine may keep a thread waiting: a test that fails by that now and then passes at another attempt, and one that
/// fails by a fault of the program fails at each.
///
/// # Panics
///
/// When the last attempt does.
pub fn despite_load(test: impl Fn()) {
    const ATTEMPTS: u32 = 12;
    for attempt in 1..ATTEMPTS {
        if panic::catch_unwind(AssertUnwindSafe(&test)).is_ok() {
            return;
        }
        thread::sleep(Duration::from_millis(50) * attempt);
    }
    test();
}
