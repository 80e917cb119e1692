//! How a thread is closed: it is waited for, and its panic is an error.

use crate::awaited;
use crate::resource::cleanup::{AtExitCleanup, CleanupError};
use crate::resource::doer;
use crate::run::{Looks, Stopped, panic_text};
use core::fmt::Display;
use std::thread::{self, JoinHandle};
use std::time::Duration;

impl<T: Send> AtExitCleanup for JoinHandle<T> {
    fn cleanup(&self) -> Result<(), CleanupError> {
        if !self.is_finished() && doer::is_fixed_in_parent(self) {
            return Err(busy(self, &Stopped::Parents));
        }
        wait_for(self)
    }

    /// A forked child may have put it there.
    fn cleanup_mut(&mut self) -> Result<(), CleanupError> {
        wait_for(self)
    }

    fn is_taken() -> bool {
        true
    }

    fn cleanup_taken(self) -> Result<(), CleanupError> {
        if let Err(error) = wait_for(&self) {
            // Not dropped: that would detach the thread, or one of this process that has the number
            // of the parent's.
            core::mem::forget(self);
            return Err(error);
        }
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

fn wait_for<T>(thread: &JoinHandle<T>) -> Result<(), CleanupError> {
    if thread.is_finished() {
        return Ok(());
    }
    awaited::during(|| end_of(thread), || wait_for_end(thread))
}

fn wait_for_end<T>(thread: &JoinHandle<T>) -> Result<(), CleanupError> {
    let mut looks = Looks::new();
    while !thread.is_finished() {
        match doer::why_not_joined(thread, &mut looks) {
            Some(who) if !thread.is_finished() => return Err(busy(thread, &who)),
            Some(_) => {}
            None => thread::sleep(Duration::from_millis(1)),
        }
    }
    Ok(())
}

/// `who` it is.
fn busy<T>(thread: &JoinHandle<T>, who: &dyn Display) -> CleanupError {
    let thread = match thread.thread().name() {
        Some(name) => format!("the thread to be joined, `{name}`,"),
        None => "the thread to be joined".to_owned(),
    };
    format!("busy: {thread} is {who}").into()
}
