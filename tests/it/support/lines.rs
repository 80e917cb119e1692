//! Lines that exitmacro and std print.

/// What a line says of a handler that uses up its timeout.
pub(crate) const TIMED_OUT: &str = "timed out after _s and was abandoned: its timeout is _s";

/// The line of exitmacro about a stdout that it could not flush.
pub(crate) const NOT_FLUSHED: &str = "exitmacro: stdout was not flushed within _s: \
                                      no process reads it, or another thread holds its lock\n";

/// The line of exitmacro about a plan that may take longer than the budget.
pub(crate) const OVER_BUDGET: &str = "exitmacro: the exit handlers may take up to _s \
                                      by their configured timeouts, more than the budget of _s\n";

/// What std prints below the message of a panic.
pub(crate) const BACKTRACE_NOTE: &str =
    "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";

/// The line of exitmacro about a handler that is declared or registered in `source`, a file in
/// `tests/src/bin`.
pub(crate) fn handler_line(name: &str, source: &str, what: &str) -> String {
    format!("exitmacro: handler `{name}` (tests/src/bin/{source}.rs:_) {what}\n")
}

/// What a line says only where the system shows what other threads are: on Linux on x86-64.
pub(crate) fn where_threads_are_shown(text: &str) -> &str {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) { text } else { "" }
}

/// The message of std for a panic in `source`, a file in `tests/src/bin`.
pub(crate) fn panic_message(thread: &str, source: &str, message: &str) -> String {
    format!(
        "\nthread '{thread}' (_) panicked at tests/src/bin/{source}.rs:_:\n{message}\n\
         {BACKTRACE_NOTE}"
    )
}
