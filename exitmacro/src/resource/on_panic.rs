//! What a panic does to the terminal.

/// Which panics restore the terminal before their message is printed; see
/// [`TerminalOptions::on_panic`](crate::resource::TerminalOptions::on_panic).
///
/// ```
/// use exitmacro::resource::{OnPanic, TerminalOptions};
///
/// let options = TerminalOptions::new().on_panic(OnPanic::InAnyThread);
/// assert_eq!(OnPanic::default(), OnPanic::InThisThread);
/// # _ = options;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnPanic {
    /// Those in the thread that asked for the terminal, mostly that of `main`. The panic of another
    /// thread leaves the program running, and its screen. Where panics abort the process, all.
    #[default]
    InThisThread,
    /// All, as with the hook of `ratatui::init`: for a program that ends when any thread panics, as
    /// with [`watch`](fn@crate::watch).
    InAnyThread,
    /// None: for a program that catches the panics of the thread that draws. The terminal is
    /// restored when the program ends, after the message.
    Never,
}
