//! Lines that exitmacro and std print.

/// What a line says of a handler that uses up its timeout.
pub(crate) const TIMED_OUT: &str = "timed out after _s and was abandoned: its timeout is _s";

/// What std prints below the message of a panic.
pub(crate) const BACKTRACE_NOTE: &str =
    "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";

/// The line of exitmacro about a handler that is declared or registered in `source`, a file in
/// `tests/src/bin`.
pub(crate) fn handler_line(name: &str, source: &str, what: &str) -> String {
    format!("exitmacro: handler `{name}` (tests/src/bin/{source}.rs:_) {what}\n")
}

/// The message of std for a panic in `source`, a file in `tests/src/bin`.
pub(crate) fn panic_message(thread: &str, source: &str, message: &str) -> String {
    format!(
        "\nthread '{thread}' (_) panicked at tests/src/bin/{source}.rs:_:\n{message}\n{BACKTRACE_NOTE}"
    )
}
