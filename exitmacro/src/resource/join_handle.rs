//! How a thread is closed: it is waited for, and its panic is an error.

use crate::awaited;
use crate::resource::cleanup::{AtExitCleanup, CleanupError};
use crate::resource::doer;
use crate::run::{Looks, panic_text};
use std::thread::{self, JoinHandle};
use std::time::Duration;

impl<T: Send> AtExitCleanup for JoinHandle<T> {
    fn cleanup(&self) -> Result<(), CleanupError> {
        if self.is_finished() {
            return Ok(());
        }
        awaited::during(|| end_of(self), || wait_for_end(self))
    }

    fn is_taken() -> bool {
        true
    }

    fn cleanup_taken(self) -> Result<(), CleanupError> {
        // An end that does not come is reported there.
        self.cleanup()?;
        let thread = self.thread().clone();
        let Err(payload) = self.join() else { return Ok(()) };
        let text = panic_text(&*payload);
        // Not dropped: it could panic in turn.
        core::mem::forget(payload);
        Err(match thread.name() {
            Some(name) => format!("the thread `{name}` panicked: {text}"),
            None => format!("a thread without a name panicked: {text}"),
        }
        .into())
    }
}

fn end_of<T>(thread: &JoinHandle<T>) -> String {
    match thread.thread().name() {
        Some(name) => format!("thread `{name}` to end"),
        None => "a thread without a name to end".to_owned(),
    }
}

fn wait_for_end<T>(thread: &JoinHandle<T>) -> Result<(), CleanupError> {
    let mut looks = Looks::new();
    while !thread.is_finished() {
        if let Some(who) = doer::why_not_joined(thread, &mut looks) {
            let thread = match thread.thread().name() {
                Some(name) => format!("the thread to be joined, `{name}`,"),
                None => "the thread to be joined".to_owned(),
            };
            return Err(format!("busy: {thread} is {who}").into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
