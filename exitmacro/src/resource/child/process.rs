//! A child process that does not outlive its parent.

use crate::awaited;
use crate::handler::clock::Moment;
use crate::handler::context::ExitContext;
use crate::handler::priority;
use crate::resource::child::limits::{Limits, shares};
#[cfg(unix)]
use crate::resource::child::list;
use crate::resource::child::name::ChildName;
use crate::resource::child::options::ChildOptions;
use crate::resource::child::output::Outputs;
use crate::resource::child::start::{Handle, start};
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::resource::tracked::Tracked;
use crate::resource::tracking::{too_late, track_in_time};
use crate::run;
use crate::sys;
use crate::times::{CHILD_GRACE, CHILD_OUTPUT_TIMEOUT};
use core::time::Duration;
use std::ffi::OsString;
use std::io;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A child process in its own process group, on Windows in its own job. Returned by [`child`].
///
/// ```
/// use exitmacro::Tracked;
/// use std::process::Command;
///
/// let server = exitmacro::resource::child(Command::new("sleep").arg("100"))?;
/// assert!(server.child().try_wait()?.is_none(), "it runs");
/// Tracked::close(server)?; // Here, when the last handle drops, or at exit.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChildProcess {
    id: u32,
    program: OsString,
    options: ChildOptions,
    handle: Handle,
    child: Mutex<Child>,
    outputs: Outputs,
    limits: Limits,
}

/// Starts a child process, and ends it when the last handle drops, or at exit with
/// [`priority::WORK`]. Feature `resources`.
///
/// The child and all processes that it started form a process group. They get SIGTERM, and after
/// two seconds SIGKILL, or earlier if the run would abandon the handler before that. A process that
/// ends although the run had no time for a child sends SIGKILL at that end. The child is reaped, so
/// that no zombie is left. [`ChildOptions`] change the signal and the time.
///
/// Read the child's pipes, with [`ChildProcess::on_stdout_line`] or in another way: a child that
/// blocks on a full pipe does not end by itself.
///
/// If the child has ended before, the rest of its group is ended. That also holds if other code has
/// waited for it (`SIGCHLD` is ignored, another thread waits for all children). Another process
/// that got the child's number meanwhile is not touched: see `# Platform`.
///
/// On Linux a zombie of the group is not waited for. (After the child has ended, its own children
/// belong to process 1, which in many containers reaps none.) Where `/proc` is missing, and on
/// other systems, a zombie counts as alive, so that the two seconds pass.
///
/// On Unix a process that has left the group, such as a daemon or what `setsid` starts, is not
/// ended.
///
/// # Platform
///
/// Unix and Windows. On Linux a descriptor identifies the child; for the group that needs Linux
/// 6.9. On other Unixes the group is not ended if a process has its number.
///
/// A forked child that has [adopted](crate::adopt) the handlers ends the children of its parent on
/// Linux, as long as their descriptors are open. Otherwise closing such a child is an error as long
/// as a process has its number.
///
/// On Windows the child and all processes that it starts are in a job object. The child and what
/// shares its console group get Ctrl-Break; after two seconds the job is terminated. Without a
/// console that both share there is no Ctrl-Break, and the job is terminated at once. The system
/// ends the job also when the parent ends in any other way, such as by `TerminateProcess`, because
/// only the parent has a handle of it. [`ChildOptions`] set the creation flags.
///
/// # Ctrl-C
///
/// In its own group the child does not get the Ctrl-C of the terminal, and on Unix cannot read from
/// it. A program that handles no signals ends at Ctrl-C without running its handlers, and on Unix
/// **the child survives it**. So handle signals, with `#[exitmacro::main(signals)]`.
///
/// On Unix the child also survives an end that runs no handler, such as SIGKILL; on Windows the job
/// ends all. On Linux, `ChildOptions::parent_death_signal` ends the child then, but not what it
/// started. Two things do:
///
/// - A program of your own in between, which has `#[exitmacro::main(signals)]` and starts the child
///   by this function. Start it with `parent_death_signal(Signal::TERM)`, and with more
///   [`grace`](ChildOptions::grace) than it gives its child, such as 5 seconds: otherwise it is
///   killed before it has killed what the child started.
/// - The control group of a service: systemd ends all its processes (`KillMode=control-group`, the
///   default).
///
/// # Errors
///
/// When the program cannot be started, and when the process is ending and its handlers have run, so
/// that the child would survive it.
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

/// [`child`], with options. Feature `resources`.
///
/// # Errors
///
/// When the program cannot be started, and when the process is ending and its handlers have run, so
/// that the child would survive it.
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
    if run::is_finished() && run::is_ending() {
        return Err(too_late());
    }
    let (child, handle) = start(command, options)?;
    let tracked = track_in_time(ChildProcess {
        id: child.id(),
        program: command.get_program().to_owned(),
        options,
        handle,
        child: Mutex::new(child),
        outputs: Outputs::default(),
        limits: Limits::none(),
    })?;
    #[cfg(unix)]
    list::note(&tracked.handle, tracked.id);
    Ok(tracked)
}

impl ChildProcess {
    /// The process id of the child, which is also that of its group; on Windows of the console's.
    ///
    /// ```
    /// let list = exitmacro::resource::child(&mut std::process::Command::new("ls"))?;
    /// assert_eq!(list.id(), list.child().id());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Locks the child, for its streams, or to wait for it. At exit the child is ended also while
    /// another thread holds the returned guard, so that a thread that waits for it gets its status.
    /// The processes that it started are ended also after a wait for it. Waits while another thread
    /// holds the guard.
    ///
    /// ```
    /// use std::process::Command;
    ///
    /// let list = exitmacro::resource::child(&mut Command::new("ls"))?;
    /// assert!(list.child().wait()?.success());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChildProcess {
    /// Calls `receiver` with each line that the child prints on stdout, also with those that it
    /// prints while it ends. Without that a child blocks when its pipe is full, and then it cannot
    /// end by itself either.
    ///
    /// A line comes without its line feed, and with U+FFFD for what is not UTF-8. One of more than
    /// 64 KiB comes in pieces.
    ///
    /// When the child is ended, all that it and its descendants printed is received first, for at
    /// most a second after their end. More time than that passes where a process that has left the
    /// group, such as a daemon, has the pipe open: then closing the child fails, and the error says
    /// so. A receiver that panics gets no more lines, but the pipe is still read; closing the child
    /// returns the text of the panic as an error.
    ///
    /// # Threads
    ///
    /// A thread for each stream, which ends when no process has the pipe open.
    ///
    /// # Errors
    ///
    /// When stdout is not a pipe, or was taken before, by this method or another; and when no
    /// thread can be started.
    ///
    /// ```
    /// use std::process::{Command, Stdio};
    ///
    /// let mut command = Command::new("sh");
    /// let command = command.args(["-c", "echo ready; sleep 100"]).stdout(Stdio::piped());
    /// let server = exitmacro::resource::child(command)?;
    /// let (sender, lines) = std::sync::mpsc::channel();
    /// server.on_stdout_line(move |line| _ = sender.send(line.to_owned()))?;
    /// assert_eq!(lines.recv().as_deref(), Ok("ready"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_stdout_line(&self, receiver: impl FnMut(&str) + Send + 'static) -> io::Result<()> {
        let pipe = self.child().stdout.take().ok_or_else(|| no_pipe("stdout"))?;
        self.outputs.read("stdout", pipe, receiver)
    }

    /// [`on_stdout_line`](Self::on_stdout_line) for stderr.
    ///
    /// # Errors
    ///
    /// When stderr is not a pipe, or was taken before, by this method or another; and when no
    /// thread can be started.
    ///
    /// ```
    /// use std::process::{Command, Stdio};
    ///
    /// let mut command = Command::new("sleep");
    /// let server = exitmacro::resource::child(command.arg("100").stderr(Stdio::piped()))?;
    /// server.on_stderr_line(|line| eprintln!("server: {line}"))?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_stderr_line(&self, receiver: impl FnMut(&str) + Send + 'static) -> io::Result<()> {
        let pipe = self.child().stderr.take().ok_or_else(|| no_pipe("stderr"))?;
        self.outputs.read("stderr", pipe, receiver)
    }

    fn name(&self) -> ChildName {
        ChildName::new(self.id, &self.program)
    }

    fn end(&self, grace: Duration) -> io::Result<()> {
        let end = Moment::now().plus(grace);
        let is_grace_over = || Moment::now() >= end.min(self.limits.kill());
        #[cfg(unix)]
        let signal = self.options.signal.number();
        #[cfg(unix)]
        let end = || {
            if let Some(error) = self.handle.why_out_of_reach() {
                return Err(error);
            }
            let leader = &self.handle.leader;
            sys::end_group(leader, &self.child, signal, &is_grace_over)?;
            self.handle.note_end();
            Ok(())
        };
        #[cfg(windows)]
        let end = || sys::end_job(&self.handle, &is_grace_over);
        awaited::during(|| format!("{} to end", self.name()), end)
    }

    /// Ends the child, and reads what it printed.
    fn end_within(&self, grace: Duration, output: Duration) -> Result<(), CleanupError> {
        let ended = self.end(grace).map_err(|error| format!("{}: {error}", self.name()).into());
        let end = Moment::now().plus(output);
        let is_late = || Moment::now() >= end.min(self.limits.output());
        let read = awaited::during(
            || format!("the rest of what {} printed", self.name()),
            || self.outputs.finish(&is_late),
        );
        CleanupError::gather([ended, read])
    }
}

fn no_pipe(stream: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!(
            "the child's {stream} is not a pipe, or it was taken before: \
             start the child with `.{stream}(Stdio::piped())`, and read it in one place"
        ),
    )
}

impl AtExitCleanup for ChildProcess {
    fn cleanup(&self) -> Result<(), CleanupError> {
        self.end_within(self.options.grace, CHILD_OUTPUT_TIMEOUT)
    }

    fn cleanup_in_time(&self, exit: &ExitContext) -> Result<(), CleanupError> {
        let (grace, output) = shares(self.options.grace, exit.remaining());
        self.end_within(grace, output)
    }

    fn hasten(&self, exit: &ExitContext) {
        self.limits.set(self.options.grace, exit.remaining());
    }

    fn options(&self) -> CleanupOptions {
        let options = CleanupOptions::new().priority(priority::WORK).name("child process");
        let ChildOptions { grace, .. } = self.options;
        if grace <= CHILD_GRACE {
            return options;
        }
        options.timeout(grace.saturating_add(CHILD_OUTPUT_TIMEOUT + Duration::from_secs(1)))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_number_of_the_child() {
        let child = child(&mut Command::new("true")).unwrap();
        assert_eq!(child.id(), child.child().id());
    }

    #[test]
    fn a_stream_that_is_no_pipe_has_no_receiver() {
        let child = child(&mut Command::new("true")).unwrap();
        let found = [child.on_stdout_line(|_| ()), child.on_stderr_line(|_| ())]
            .map(|found| found.unwrap_err().to_string());
        assert!(found[0].contains("`.stdout(Stdio::piped())`"), "{found:?}");
        assert!(found[1].contains("`.stderr(Stdio::piped())`"), "{found:?}");
    }

    #[test]
    fn only_a_child_with_much_time_has_a_timeout_of_its_own() {
        let usual = CleanupOptions::new().priority(priority::WORK).name("child process");
        let of = |grace| {
            let options = ChildOptions::new().grace(grace);
            child_with(&mut Command::new("true"), options).unwrap().options()
        };
        assert_eq!(of(CHILD_GRACE), usual);
        let seconds = Duration::from_secs;
        assert_eq!(of(seconds(60)), usual.timeout(seconds(62)));
        assert_eq!(of(Duration::MAX), usual.timeout(Duration::MAX));
    }
}
