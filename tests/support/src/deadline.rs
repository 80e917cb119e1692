//! A time limit for a program that a test interacts with.

use crate::LIMIT;
use std::process::Child;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;

/// Kills a program that still runs [`LIMIT`] after its start, so that reading its output ends. Drop
/// it when the program has ended.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Deadline {
    _over: SyncSender<()>,
}

impl Deadline {
    /// The deadline of a program that was just started.
    pub fn of(program: &Child) -> Self {
        let (over, is_over) = mpsc::sync_channel::<()>(0);
        let id = program.id();
        thread::spawn(move || {
            if is_over.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                kill(id);
            }
        });
        Self { _over: over }
    }
}

fn kill(id: u32) {
    #[cfg(unix)]
    // SAFETY: no preconditions. The deadline is not dropped yet, so the program was not waited for,
    // and its process id is its own.
    unsafe {
        libc::kill(id.cast_signed(), libc::SIGKILL)
    };
    #[cfg(not(unix))]
    panic!("the program {id} does not end");
}
