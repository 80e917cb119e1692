//! Tracks what must not outlive the process, unless it is too late for that.

use crate::resource::cleanup::AtExitCleanup;
use crate::resource::tracked::{Tracked, track};
use crate::run;
use std::io;

/// Tracks the value. When its handler would not run any more, closes it here and now, and returns
/// an error: from the last handler on, until the run has finished, none may be registered.
#[track_caller]
pub(super) fn track_in_time<T: AtExitCleanup + Send + Sync + 'static>(
    value: T,
) -> io::Result<Tracked<T>> {
    let tracked = track(value);
    if tracked.id.is_none() && run::is_ending() { Err(too_late()) } else { Ok(tracked) }
}

/// Why no handler would close what is made now.
pub(super) fn too_late() -> io::Error {
    io::Error::other("the process is ending, and its exit handlers have run")
}
