//! A child process that does not outlive its parent.

use super::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use super::tracked::{Tracked, track};
use crate::handler::priority;
use crate::sys;
use core::time::Duration;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a child may take to end by itself.
const GRACE: Duration = Duration::from_secs(2);

/// A child process in a process group of its own. Made by [`child`].
#[derive(Debug)]
pub struct ChildProcess {
    id: u32,
    child: Mutex<Child>,
}

/// Starts a child that is ended when the last handle drops, or at exit with [`priority::WORK`]: SIGTERM, after two seconds SIGKILL, to the child and to all that it started in turn, for
/// they form a process group. The child is reaped, so that no zombie is left.
///
/// A process of the group that has ended and that nobody reaps, as in a container whose first process does not do that, counts as alive, so that the two seconds pass.
///
/// In a group of its own the child does not get the Ctrl-C of the terminal, and cannot read from it.
///
/// # Errors
///
/// When the program cannot be started.
///
/// ```
/// use std::process::Command;
///
/// let server = exitmacro::resource::child(Command::new("sleep").arg("100"))?;
/// assert!(server.id() > 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn child(command: &mut Command) -> io::Result<Tracked<ChildProcess>> {
    let child = command.process_group(0).spawn()?;
    Ok(track(ChildProcess { id: child.id(), child: Mutex::new(child) }))
}

impl ChildProcess {
    /// Its process id, which is also that of its group.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The child itself, for its streams, or to wait for it. While the returned guard lives the child is not ended at exit. When it was waited for, what it started is left alone:
    /// its number may be another process's by then.
    pub fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AtExitCleanup for ChildProcess {
    fn cleanup(&self) -> Result<(), CleanupError> {
        // While it lives nobody else waits for the child.
        let _child = self.child();
        Ok(sys::end_group(self.id, GRACE)?)
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::WORK).name("child process")
    }
}
