//! Waits until the other threads of the process are stopped, or wait for something.

use std::thread;
use std::time::{Duration, Instant};

/// How often in a row they must be found asleep. Between two looks they may wait for a lock for a
/// moment.
const LOOKS: u32 = 5;
/// The same where the system does not report the state: the time in which the threads of a busy
/// machine get there.
const LOOKS_IN_VAIN: u32 = 25;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// The longest wait, if a thread continues.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A runnable thread that gets no processor is not asleep.
pub(crate) fn await_asleep() {
    let end = Instant::now() + TIMEOUT;
    let looks = if are_asleep().is_some() { LOOKS } else { LOOKS_IN_VAIN };
    let mut asleep = 0;
    while asleep < looks && Instant::now() < end {
        thread::sleep(BETWEEN_LOOKS);
        asleep = if are_asleep().unwrap_or(true) { asleep + 1 } else { 0 };
    }
}

/// `None` where the system does not report it.
fn are_asleep() -> Option<bool> {
    let me = std::fs::read_link("/proc/thread-self").ok()?;
    let mut others = std::fs::read_dir("/proc/self/task")
        .ok()?
        .flatten()
        .filter(|task| Some(task.file_name().as_os_str()) != me.file_name());
    // A thread that has ended meanwhile does not count.
    Some(others.all(|task| {
        std::fs::read_to_string(task.path().join("stat"))
            .map_or(true, |stat| state(&stat) == Some('S'))
    }))
}

/// The letter after the name, which is in brackets and may contain some.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}
