//! How long the crate waits for what. PLATFORM.md has a table of what happens when the time has
//! expired.

use core::time::Duration;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

// The run.

/// The run, unless configured. Five seconds less than Kubernetes waits before it kills.
pub(crate) const DEFAULT_BUDGET: Duration = s(25);

/// A handler, if neither it nor the program configures a timeout.
pub(crate) const DEFAULT_TIMEOUT: Duration = s(10);

/// An `async fn` handler whose time has expired: to drop its future.
pub(crate) const ASYNC_DROP_TIMEOUT: Duration = ms(250);

/// A runner that has executed the last handler: for the flush of stdout, before the thread that
/// started the run flushes. Mostly the flush takes no time.
pub(crate) const RUNNER_FLUSH_TIMEOUT: Duration = ms(2);

/// The flush of stdout.
pub(crate) const FLUSH_TIMEOUT: Duration = s(1);

/// The flush of stdout in a forked child, where a thread of the parent may have left the lock held.
pub(crate) const FLUSH_TIMEOUT_IN_CHILD: Duration = ms(100);

/// A process with an abandoned handler, after the budget and what has limits of its own then: for
/// the error of `main`, and for libc to end the process.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const LATE_END_TIMEOUT: Duration = s(4);

/// A runner that ends: for its thread-locals to drop.
pub(crate) const RUNNER_END_TIMEOUT: Duration = s(1);

/// A thread that has found no copy of the hook on libc's list: for one that took a copy to call it.
#[cfg(libc_passes_status)]
pub(crate) const HOOK_TIMEOUT: Duration = s(1);

/// A thread that called `run`, when another thread ends the process: for that end.
pub(crate) const OTHER_END_TIMEOUT: Duration = s(1);

/// The thread that ends the process after a signal, when `main` has waited for work: for `main` to
/// end the process before.
pub(crate) const MAIN_FIRST_TIMEOUT: Duration = s(1);

/// The first check of a thread that std may have parked; the intervals grow up to the second
/// constant.
pub(crate) const FIRST_PARKED_LOOK: Duration = ms(50);
pub(crate) const RAREST_PARKED_LOOK: Duration = s(1);

/// Between two looks of the supervisor at a lane, while handlers go on in it.
pub(crate) const LANE_LOOK: Duration = ms(2);

/// The shortest timeout of a handler in a lane, of which two looks are less than a tenth.
pub(crate) const SHORTEST_LANE_TIMEOUT: Duration = ms(50);

/// A run, before a line on the terminal shows what it waits for.
pub(crate) const FIRST_STATUS: Duration = s(1);

/// Between two updates of that line.
pub(crate) const STATUS_INTERVAL: Duration = ms(250);

/// Between two looks whether the process has come to the foreground of the terminal.
pub(crate) const STATUS_IN_BACKGROUND: Duration = s(1);

/// The stack of an abandoned handler: for its thread to run the OS handler that captures it.
#[cfg(stacks)]
pub(crate) const STACK_TIMEOUT: Duration = ms(250);

/// The end of the process: for the stacks of abandoned handlers to be printed.
#[cfg(stacks)]
pub(crate) const STACKS_TIMEOUT: Duration = s(3);

/// The start of a thread where the lock of the loader may be held.
pub(crate) const THREAD_START_TIMEOUT: Duration = s(1);

/// The program's tokio runtime: to run a task that shows that the runtime is not blocked.
#[cfg(feature = "tokio")]
pub(crate) const RUNTIME_TIMEOUT: Duration = ms(250);

/// A handler that waits for a task which closes a value: between two looks whether its runtime is
/// blocked.
#[cfg(feature = "tokio")]
pub(crate) const TASK_LOOK: Duration = ms(250);

/// Added to the time that systemd is asked to wait, so that systemd does not kill the process while
/// the supervisor abandons a handler.
#[cfg(all(feature = "sd-notify", unix))]
pub(crate) const SYSTEMD_MARGIN: Duration = s(5);

/// The receivers of the report, all together.
pub(crate) const REPORT_TIMEOUT: Duration = s(1);

/// `tracing` or `log`, where `report_to` asks for it: to take an event. All that are left together,
/// when the budget is used up.
#[cfg(events)]
pub(crate) const EVENT_TIMEOUT: Duration = s(1);

/// The file of `EXITMACRO_TRACE`, to be drawn and written.
#[cfg(feature = "picture")]
pub(crate) const PICTURE_TIMEOUT: Duration = s(1);

// The end of the process.

/// The thread of `main`, if another thread ends the process: to print the error of `main`. Longer
/// than the printing thread may wait for other threads before.
pub(crate) const MAIN_ERROR_TIMEOUT: Duration = s(3);

/// The same if std prints the error, which does not notify anything afterwards.
pub(crate) const MAIN_ERROR_BY_STD_TIMEOUT: Duration = ms(250);

/// The lock of stderr, and a reader of it, before std prints the error of `main`.
pub(crate) const STDERR_LOCK_TIMEOUT: Duration = s(1);

/// A thread that installs the panic hook. A panic before that is reported without its message.
#[cfg(panic = "abort")]
pub(crate) const PANIC_MESSAGE_TIMEOUT: Duration = s(2);

// Signals.

/// The thread that watches for signals: to start.
#[cfg(feature = "signals")]
pub(crate) const WATCH_START_TIMEOUT: Duration = s(1);

/// For how long after the first signal the same one is taken for the same request.
#[cfg(feature = "signals")]
pub(crate) const SAME_REQUEST: Duration = ms(250);

/// A forced end: to print its line. After that, another signal ends the process without a line.
#[cfg(feature = "signals")]
pub(crate) const FORCED_END_TIMEOUT: Duration = ms(70);

/// A forced end: for the locks of the run and the table, which the interrupted thread may hold.
#[cfg(feature = "signals")]
pub(crate) const FORCED_LOCK_TIMEOUT: Duration = ms(30);

/// A forced end: for the terminal to take the bytes that restore it, before the line.
#[cfg(all(feature = "resources", feature = "signals", unix))]
pub(crate) const FORCED_TERMINAL_TIMEOUT: Duration = ms(10);

// Forks.

/// A parent that exits with status 0: for a child in a session of its own to adopt the handlers.
pub(crate) const ADOPTION_BY_DAEMON_TIMEOUT: Duration = s(1);

/// The same for a child in the same session.
pub(crate) const ADOPTION_TIMEOUT: Duration = ms(50);

/// An adopting process between its two stores.
pub(crate) const ADOPTING_TIMEOUT: Duration = s(1);

/// A thread that begins to watch forks, for another thread that does so at the same time.
pub(crate) const FORK_WATCH_TIMEOUT: Duration = ms(100);

// Values.

/// The handler of a cell or of a guard's value, while the value is in use: how long before its
/// timeout the wait ends, so that the reason can be named. At most a tenth of what remains.
pub(crate) const BUSY_MARGIN: Duration = ms(100);

/// A cell that another thread fills is checked after a millisecond, then at growing intervals up to
/// this one.
pub(crate) const RAREST_CELL_LOOK: Duration = ms(50);

/// A child process that was asked to end, before it is killed.
#[cfg(any(unix, windows))]
pub(crate) const CHILD_GRACE: Duration = s(2);

/// The handler of a child process: with less time the child is killed at once, because a stop
/// signal and a pause would not leave the time for it.
#[cfg(all(feature = "resources", any(unix, windows)))]
pub(crate) const SHORTEST_CHILD_TIME: Duration = ms(10);

/// The pipe of a child process that has ended: to be read to its end, which comes when no process
/// holds it.
#[cfg(all(feature = "resources", any(unix, windows)))]
pub(crate) const CHILD_OUTPUT_TIMEOUT: Duration = s(1);

/// A child process that was killed. After that time it is stuck in the kernel.
#[cfg(any(unix, windows))]
pub(crate) const KILL_TIMEOUT: Duration = s(5);

/// A child whose group still exists: from one check, by `/proc`, whether all of its processes are
/// zombies to the next one. The check reads a file for each process of the system.
#[cfg(all(feature = "resources", any(target_os = "linux", target_os = "android")))]
pub(crate) const ZOMBIES_PAUSE: Duration = ms(50);

/// Other processes: to check a stale socket file and replace it.
#[cfg(all(feature = "resources", unix))]
pub(crate) const SOCKET_LOCK_TIMEOUT: Duration = s(5);

/// A terminal that is restored: to take the bytes for it.
#[cfg(all(feature = "resources", unix))]
pub(crate) const TERMINAL_TIMEOUT: Duration = s(1);

// Lines on stderr.

/// One line: for a reader of stderr. After the first line that is not read in time, later lines do
/// not wait.
#[cfg(unix)]
pub(crate) const LINE_TIMEOUT: Duration = ms(100);

/// One line in a signal handler, where a thread waits for the end of the process.
#[cfg(unix)]
pub(crate) const LINE_TIMEOUT_IN_SIGNAL_HANDLER: Duration = ms(30);

/// All lines together: a reader that takes each line just in time does not delay the end either.
#[cfg(unix)]
pub(crate) const ALL_LINES_TIMEOUT: Duration = s(1);
