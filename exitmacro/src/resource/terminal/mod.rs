//! The terminal as the program found it.

mod device;
mod keeper;
mod options;
mod panic;
#[cfg(feature = "signals")]
mod stop;

pub use options::TerminalOptions;

use crate::handler::priority;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::resource::tracked::{Tracked, track};
#[cfg(feature = "signals")]
use crate::run::forced;
#[cfg(feature = "signals")]
use crate::times::FORCED_TERMINAL_TIMEOUT;
use crate::times::TERMINAL_TIMEOUT;
use keeper::Keeper;
use std::io;

/// The terminal as the program found it. Returned by [`terminal`].
///
/// ```no_run
/// use exitmacro::Tracked;
///
/// let terminal = exitmacro::resource::terminal()?;
/// // Raw mode, the alternate screen, …
/// Tracked::close(terminal)?; // Before the summary is printed.
/// println!("3 files were saved");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Terminal {
    keeper: Option<&'static Keeper>,
}

/// Notes how the terminal is, and restores it when the last handle drops, at exit with
/// [`priority::TERMINAL`], before the message of a panic in the calling thread, and when a signal
/// forces the end. Feature `resources`.
///
/// One call at the beginning of `main` is enough for a program with ratatui or crossterm:
///
#[cfg_attr(feature = "signals", doc = "```no_run")]
#[cfg_attr(not(feature = "signals"), doc = "```ignore")]
/// #[exitmacro::main(signals)]
/// fn main() -> std::io::Result<()> {
///     let _terminal = exitmacro::resource::terminal()?;
///     // ratatui::init(), or enable_raw_mode() and EnterAlternateScreen of crossterm
///     Ok(())
/// }
/// ```
///
/// Call it **before** the program changes the terminal, because that is what it restores, and
/// **after** the program has set a panic hook of its own (`color-eyre`, `human-panic`), which would
/// replace the one that is set here; a later call sets it again. The hook of `ratatui::init` may
/// come afterwards: it calls the earlier one.
///
/// # What is restored
///
/// - The modes of the line discipline (`termios`), exactly, if they differ from those that were
///   found: raw mode, echo, keys that send signals. What was typed in raw mode and not read is
///   dropped.
/// - If the line discipline is still raw, `ESC [ < 1 u` (keyboard of kitty), `ESC [ ? 1049 h`,
///   `ESC [ ? 1049 l` (alternate screen), `ESC [ < 1 u`. So a program that has left the alternate
///   screen, as `ratatui::restore` does, does not leave it a second time, which would move the
///   cursor. Leave raw mode last, or first and directly before the screen.
/// - `ESC [ ? 2026 l` (delayed update), `ESC [ ? 1000 l`, `1002`, `1003`, `1006`, `1015` (mouse),
///   `ESC [ ? 1004 l` (focus), `ESC [ ? 2004 l` (bracketed paste), `ESC [ 0 m` (look of text), and
///   `ESC [ ? 25 h` (cursor). These have no effect on a terminal that is in order. They are sent
///   once, and again if the program has changed the modes of the line discipline since.
///
/// crossterm does not learn of it: a program that continues afterwards calls its `disable_raw_mode`
/// before it enables raw mode again.
///
/// Other modes stay as the program leaves them: the shape of the cursor, scroll regions, the title.
///
/// Nothing is sent or changed while another program has the terminal, because this one is in the
/// background, and no sequence is sent with `TERM=dumb`. A program that neither prints to a
/// terminal nor changes it, or that was started by a program in raw mode, sends none either.
///
/// An end that runs no handler and prints no panic leaves the terminal as it is: SIGKILL, a crash.
/// The command `reset` helps then.
///
/// # Which terminal
///
/// The one that controls the process (`/dev/tty`), without one the first of stdout, stderr and
/// stdin that is a terminal. If there is none, the call succeeds and nothing happens later:
/// [`Terminal::is_found`] returns that. The terminal is opened once more, and that descriptor is
/// kept until the process ends.
///
/// # Panics of the program
///
/// A panic in the thread that called this function restores the terminal before its message is
/// printed, which would otherwise vanish with the alternate screen. A panic in another thread
/// leaves the screen to the program, which may well continue. If the program ends then, as with
/// [`watch`](fn@crate::watch), that message vanishes. A program that ends when any thread panics
/// makes this call in place of `terminal()`:
///
/// ```no_run
/// use exitmacro::resource::{OnPanic, TerminalOptions, terminal_with};
///
/// let _terminal = terminal_with(TerminalOptions::new().on_panic(OnPanic::InAnyThread))?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Threads
///
/// At exit the handler runs on a runner thread. A thread that continues to draw changes the
/// terminal again: end it first, with a `grace`, or let it look at
/// [`shutdown::is_requested`](crate::shutdown::is_requested).
///
/// # Forks
///
/// A forked child restores nothing, unless it [adopts](fn@crate::adopt) the handlers, and then its
/// parent restores nothing.
///
/// # Errors
///
/// [`AlreadyExists`](io::ErrorKind::AlreadyExists) while a handle exists that was not closed; those
/// of opening the terminal and reading its modes.
#[track_caller]
pub fn terminal() -> io::Result<Tracked<Terminal>> {
    terminal_with(TerminalOptions::new())
}

/// [`terminal`], with options. Feature `resources`.
///
/// # Errors
///
/// Those of [`terminal`], and with [`on_continue`](TerminalOptions::on_continue) those of
/// [`signals::on`](crate::signals::on).
///
/// ```no_run
/// use exitmacro::resource::{OnPanic, TerminalOptions, terminal_with};
///
/// let terminal = terminal_with(TerminalOptions::new().on_panic(OnPanic::Never))?;
/// # drop(terminal);
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn terminal_with(options: TerminalOptions) -> io::Result<Tracked<Terminal>> {
    let keeper = keeper::find(options.on_panic)?;
    let tracked = track(Terminal { keeper });
    if keeper.is_some() {
        panic::watch();
        #[cfg(feature = "signals")]
        {
            forced::RESTORE.set(&RESTORE);
            if let Some(answer) = options.answering {
                answer().map_err(io::Error::other)?;
            }
        }
    }
    Ok(tracked)
}

/// How a signal that forces the end restores the terminal.
#[cfg(feature = "signals")]
static RESTORE: fn() = || {
    if let Some(keeper) = keeper::open_one() {
        // The line of the forced end comes in any case.
        _ = keeper.restore(FORCED_TERMINAL_TIMEOUT);
    }
};

impl Terminal {
    /// Whether there is a terminal. Without one, nothing is restored.
    ///
    /// ```no_run
    /// let terminal = exitmacro::resource::terminal()?;
    /// if !terminal.is_found() {
    ///     eprintln!("without a terminal the program prints plain lines");
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.keeper.is_some()
    }
}

impl AtExitCleanup for Terminal {
    fn cleanup(&self) -> Result<(), CleanupError> {
        let closed = self.keeper.map_or(Ok(()), |keeper| keeper.close(TERMINAL_TIMEOUT));
        Ok(closed.map_err(|error| format!("the terminal was not restored: {error}"))?)
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::TERMINAL).name("terminal")
    }
}
