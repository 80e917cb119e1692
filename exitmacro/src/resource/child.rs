//! A child process that does not outlive its parent.

use crate::awaited;
use crate::handler::priority;
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::handler::signal::Signal;
use crate::resource::child_name::ChildName;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::resource::tracked::{Tracked, track};
use crate::sys;
use crate::times::CHILD_GRACE;
use core::time::Duration;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// How [`child_with`] starts and ends a child.
///
/// ```
/// use exitmacro::resource::ChildOptions;
/// use std::time::Duration;
///
/// let patient = ChildOptions::new().grace(Duration::from_secs(10));
/// # _ = patient;
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct ChildOptions {
    grace: Duration,
    #[cfg(any(target_os = "linux", target_os = "android"))]
    parent_death: Option<Signal>,
}

impl ChildOptions {
    /// The options of [`child`]: two seconds between SIGTERM and SIGKILL, and no signal when the
    /// parent has ended.
    pub const fn new() -> Self {
        Self {
            grace: CHILD_GRACE,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            parent_death: None,
        }
    }

    /// Sets the time between SIGTERM and SIGKILL for the child and its group.
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Makes the kernel send this signal to the child when its parent has ended, also by SIGKILL,
    /// or by a Ctrl-C that the parent does not handle.
    ///
    /// # Platform
    ///
    /// Linux and Android only. The signal goes to the child alone, not to its group. A child that
    /// executes a set-uid program does not get it.
    ///
    /// # Threads
    ///
    /// The kernel sends the signal when the *thread* that started the child ends, not only when the
    /// process does. Start the child on the main thread, or on one that lives as long as the child
    /// should.
    ///
    /// ```
    /// use exitmacro::Signal;
    /// use exitmacro::resource::{ChildOptions, child_with};
    /// use std::process::Command;
    ///
    /// let options = ChildOptions::new().parent_death_signal(Signal::TERM);
    /// let server = child_with(Command::new("sleep").arg("100"), options)?;
    /// # _ = server;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub const fn parent_death_signal(mut self, signal: Signal) -> Self {
        self.parent_death = Some(signal);
        self
    }
}

impl Default for ChildOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// A child process in its own process group. Returned by [`child`].
#[derive(Debug)]
pub struct ChildProcess {
    id: u32,
    program: OsString,
    grace: Duration,
    handle: sys::ChildHandle,
    child: Mutex<Child>,
}

/// Starts a child process, and ends it when the last handle drops, or at exit with
/// [`priority::WORK`].
///
/// The child and all processes that it started form a process group. They get SIGTERM, and after
/// two seconds SIGKILL. The child is reaped, so that no zombie is left.
///
/// If the child has ended before, the rest of its group is ended. That also holds if other code has
/// waited for it (`SIGCHLD` is ignored, another thread waits for all children). Another process
/// that got the child's number meanwhile is not touched: see `# Platform`.
///
/// A process of the group that has ended and is not reaped counts as alive, so that the two seconds
/// pass. That happens in a container whose first process does not reap.
///
/// # Platform
///
/// Unix only. On Linux a descriptor identifies the child; for the group that needs Linux 6.9. On
/// other systems the group is not ended if a process has its number.
///
/// # Ctrl-C
///
/// In its own group the child does not get the Ctrl-C of the terminal, and cannot read from it. A
/// program that handles no signals ends at Ctrl-C without running its handlers, and **the child
/// survives it**. So handle signals, with `#[exitmacro::main(signals)]`. On Linux,
/// [`ChildOptions::parent_death_signal`] also covers ends that run no handler, such as SIGKILL.
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
    child_with(command, ChildOptions::new())
}

/// [`child`], with options.
///
/// # Errors
///
/// When the program cannot be started.
///
/// ```
/// use exitmacro::resource::{ChildOptions, child_with};
/// use std::process::Command;
/// use std::time::Duration;
///
/// let options = ChildOptions::new().grace(Duration::from_secs(10));
/// let database = child_with(Command::new("sleep").arg("100"), options)?;
/// # _ = database;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn child_with(
    command: &mut Command,
    options: ChildOptions,
) -> io::Result<Tracked<ChildProcess>> {
    let child = spawn(command.process_group(0), options)?;
    let id = child.id();
    Ok(track(ChildProcess {
        id,
        program: command.get_program().to_owned(),
        grace: options.grace,
        handle: sys::ChildHandle::of(id),
        child: Mutex::new(child),
    }))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn spawn(command: &mut Command, options: ChildOptions) -> io::Result<Child> {
    if let Some(signal) = options.parent_death {
        sys::send_at_parent_death(command, signal.number());
    }
    sys::spawn_as_parent(command)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn spawn(command: &mut Command, _options: ChildOptions) -> io::Result<Child> {
    command.spawn()
}

impl ChildProcess {
    /// The process id of the child, which is also that of its group.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Locks the child, for its streams, or to wait for it. While the returned guard lives the
    /// child is not ended at exit. The processes that it started are ended also after a wait for
    /// it.
    pub fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AtExitCleanup for ChildProcess {
    fn cleanup(&self) -> Result<(), CleanupError> {
        let name = ChildName::new(self.id, &self.program);
        let mut child = match self.child.try_lock() {
            Ok(child) => child,
            Err(TryLockError::Poisoned(child)) => child.into_inner(),
            Err(TryLockError::WouldBlock) => {
                let what = || format!("the lock of {name}, which another thread holds");
                awaited::during(what, || self.child())
            }
        };
        let end = || sys::end_group(&self.handle, &mut child, self.grace);
        let ended = awaited::during(|| format!("{name} to end"), end);
        Ok(ended.map_err(|error| format!("{name}: {error}"))?)
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::WORK).name("child process")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_number_of_the_child() {
        let child = child(&mut Command::new("true")).unwrap();
        assert_eq!(child.id(), child.child().id());
    }
}
