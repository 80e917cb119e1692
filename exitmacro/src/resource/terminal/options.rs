//! How the terminal is kept.

use crate::resource::on_panic::OnPanic;
#[cfg(feature = "signals")]
use crate::resource::terminal::stop::{Answering, answering};
use core::fmt;

/// How [`terminal_with`](crate::resource::terminal_with) keeps the terminal.
///
/// ```no_run
/// use exitmacro::resource::{OnPanic, TerminalOptions, terminal_with};
///
/// let terminal = terminal_with(TerminalOptions::new().on_panic(OnPanic::InAnyThread))?;
/// # drop(terminal);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub struct TerminalOptions {
    pub(super) on_panic: OnPanic,
    #[cfg(feature = "signals")]
    pub(super) answering: Option<Answering>,
}

impl TerminalOptions {
    /// The options of [`terminal`](crate::resource::terminal): a panic in the calling thread
    /// restores the terminal, and SIGTSTP has its default effect.
    ///
    /// ```no_run
    /// use exitmacro::resource::{TerminalOptions, terminal_with};
    ///
    /// let terminal = terminal_with(TerminalOptions::new())?; // As by `terminal`.
    /// # drop(terminal);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn new() -> Self {
        Self {
            on_panic: OnPanic::InThisThread,
            #[cfg(feature = "signals")]
            answering: None,
        }
    }

    /// Sets which panics restore the terminal before their message is printed.
    ///
    /// ```no_run
    /// use exitmacro::resource::{OnPanic, TerminalOptions, terminal_with};
    ///
    /// // The program draws in another thread than `main`, and ends when that panics.
    /// let terminal = terminal_with(TerminalOptions::new().on_panic(OnPanic::InAnyThread))?;
    /// # drop(terminal);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn on_panic(mut self, on_panic: OnPanic) -> Self {
        self.on_panic = on_panic;
        self
    }

    /// Has SIGTSTP restore the terminal before the process stops, and SIGCONT set the modes of the
    /// line discipline again that the program had set, such as raw mode, and then call this
    /// function.
    ///
    /// The function enters the alternate screen again, sets what else the program needs (mouse,
    /// bracketed paste), and has the program draw everything. When the process continues in the
    /// background, that happens when it comes to the foreground.
    ///
    /// In raw mode Ctrl-Z is a key like any other. A program that stops at it sends SIGTSTP to
    /// itself. A stop by SIGSTOP cannot be noticed.
    ///
    /// # Threads
    ///
    /// SIGTSTP and SIGCONT are answered as by [`signals::on`](crate::signals::on), which this
    /// replaces for the two: the function is called on a thread of this crate.
    ///
    /// ```no_run
    /// use exitmacro::resource::{TerminalOptions, terminal_with};
    /// use std::sync::mpsc::channel;
    ///
    /// let (events, received) = channel();
    /// let redraw = move || {
    ///     // crossterm::execute!(stdout(), EnterAlternateScreen, EnableMouseCapture)
    ///     _ = events.send("redraw");
    /// };
    /// let terminal = terminal_with(TerminalOptions::new().on_continue(redraw))?;
    /// # drop((terminal, received));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "signals")]
    pub fn on_continue(mut self, function: impl Fn() + Send + Sync + 'static) -> Self {
        self.answering = Some(answering(function));
        self
    }
}

impl Default for TerminalOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TerminalOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TerminalOptions");
        shown.field("on_panic", &self.on_panic);
        #[cfg(feature = "signals")]
        shown.field("on_continue", &self.answering.is_some());
        shown.finish()
    }
}
