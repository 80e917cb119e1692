//! Waits until the other threads of the process have got where they are stopped, or wait for
//! something.

use std::thread;
use std::time::{Duration, Instant};

/// How often, one after the other, they must be found asleep: in between they may wait for a lock
/// for a moment.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// No longer than that, where one of them goes on.
const PATIENCE: Duration = Duration::from_secs(5);

/// A thread that has begun, and that other processes keep from the processor, is not asleep.
/// Systems that don't tell get as long as the looks would take.
pub(crate) fn await_asleep() {
    let end = Instant::now() + PATIENCE;
    let mut asleep = 0;
    while asleep < LOOKS && Instant::now() < end {
        thread::sleep(BETWEEN_LOOKS);
        asleep = if are_asleep().unwrap_or(true) { asleep + 1 } else { 0 };
    }
}

/// None where the system does not tell.
fn are_asleep() -> Option<bool> {
    let me = std::fs::read_link("/proc/thread-self").ok()?;
    let mut others = std::fs::read_dir("/proc/self/task")
        .ok()?
        .flatten()
        .filter(|task| Some(task.file_name().as_os_str()) != me.file_name());
    // One that is gone meanwhile does not count.
    Some(others.all(|task| {
        std::fs::read_to_string(task.path().join("stat"))
            .map_or(true, |stat| state(&stat) == Some('S'))
    }))
}

/// The letter after the name, which stands in brackets and may contain some.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}
