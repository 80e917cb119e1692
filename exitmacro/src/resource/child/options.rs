//! How a child process is started and ended.

#[cfg(unix)]
use crate::handler::signal::Signal;
use crate::times::CHILD_GRACE;
use core::time::Duration;

/// How [`child_with`](super::child_with) starts and ends a child.
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
    #[cfg(unix)]
    pub(super) signal: Signal,
    pub(super) grace: Duration,
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) parent_death: Option<Signal>,
    #[cfg(windows)]
    pub(super) creation_flags: u32,
}

impl ChildOptions {
    /// The options of [`child`](super::child()): SIGTERM, two seconds later SIGKILL, and no signal
    /// when the parent has ended. On Windows Ctrl-Break, two seconds later `TerminateJobObject`,
    /// and no further creation flags.
    ///
    /// ```
    /// use exitmacro::resource::{ChildOptions, child_with};
    /// use std::process::Command;
    ///
    /// let list = child_with(&mut Command::new("ls"), ChildOptions::new())?; // As by `child`.
    /// assert!(list.child().wait()?.success());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn new() -> Self {
        Self {
            #[cfg(unix)]
            signal: Signal::TERM,
            grace: CHILD_GRACE,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            parent_death: None,
            #[cfg(windows)]
            creation_flags: 0,
        }
    }

    /// Sets the signal that asks the child and its group to end, SIGTERM by default. Programs
    /// differ in which one ends them well: PostgreSQL disconnects its clients at SIGINT, and nginx
    /// finishes their requests at SIGQUIT. At SIGKILL no process can do anything before its end.
    ///
    /// A signal that does not end the child costs the grace.
    ///
    /// # Platform
    ///
    /// Unix only. On Windows it is always Ctrl-Break.
    ///
    /// ```
    /// use exitmacro::Signal;
    /// use exitmacro::resource::{ChildOptions, child_with};
    /// use std::process::Command;
    ///
    /// let options = ChildOptions::new().stop_signal(Signal::INT);
    /// let database = child_with(Command::new("sleep").arg("100"), options)?;
    /// # _ = database;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(unix)]
    pub const fn stop_signal(mut self, signal: Signal) -> Self {
        self.signal = signal;
        self
    }

    /// Sets the time between the stop signal and SIGKILL for the child and its group, two seconds
    /// by default; on Windows between Ctrl-Break and the end of the job.
    ///
    /// With more than that, the exit handler of the child gets its own timeout, which is two
    /// seconds longer. The budget still holds: shortly before the run would abandon the handler,
    /// the child is killed.
    ///
    /// ```
    /// use exitmacro::resource::{ChildOptions, child_with};
    /// use std::process::Command;
    /// use std::time::Duration;
    ///
    /// let options = ChildOptions::new().grace(Duration::from_secs(10));
    /// let _database = child_with(Command::new("sleep").arg("100"), options)?;
    /// let plan = exitmacro::plan();
    /// let ending = plan.handlers().iter().find(|handler| handler.name() == "child process");
    /// assert_eq!(ending.map(|handler| handler.timeout()), Some(Duration::from_secs(12)));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Makes the kernel send this signal to the child when its parent has ended, also by SIGKILL,
    /// or by a Ctrl-C that the parent does not handle. [`Signal::KILL`] ends a child that ignores
    /// others.
    ///
    /// # Platform
    ///
    /// Linux and Android only. The signal goes to the child alone, not to its group. A child that
    /// executes a set-uid program does not get it.
    ///
    /// # Threads
    ///
    /// The kernel sends the signal when the *thread* that started the child ends. So on any thread
    /// but the main one, a thread of this crate starts the child: from the first such child on,
    /// the process has a thread for that, which keeps a plugin loaded, and ends when the process
    /// ends or executes another program. The child inherits from that thread what Linux keeps for
    /// each thread, such as the processors that it may use.
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

    /// Sets the flags of `CreateProcess`, such as `CREATE_NO_WINDOW`, none by default. They replace
    /// those of [`CommandExt::creation_flags`](std::os::windows::process::CommandExt), which std
    /// does not let this crate read. `CREATE_SUSPENDED` and `CREATE_NEW_PROCESS_GROUP` are always
    /// added; the child runs when it is in its job.
    ///
    /// # Platform
    ///
    /// Windows only. With `CREATE_NO_WINDOW`, `CREATE_NEW_CONSOLE` or `DETACHED_PROCESS` the child
    /// does not share the console, and gets no Ctrl-Break.
    ///
    /// ```
    /// use exitmacro::resource::{ChildOptions, child_with};
    /// use std::process::Command;
    ///
    /// const CREATE_UNICODE_ENVIRONMENT: u32 = 0x400;
    /// let options = ChildOptions::new().creation_flags(CREATE_UNICODE_ENVIRONMENT);
    /// let server = child_with(Command::new("ping").args(["-n", "100", "127.0.0.1"]), options)?;
    /// # _ = server;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(windows)]
    pub const fn creation_flags(mut self, flags: u32) -> Self {
        self.creation_flags = flags;
        self
    }
}

impl Default for ChildOptions {
    fn default() -> Self {
        Self::new()
    }
}
