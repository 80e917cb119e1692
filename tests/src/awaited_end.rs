//! How a future ends the program that awaits it.

/// Returns if `how` is none of these.
pub(crate) async fn end(how: &str) {
    match how {
        "exits" => exitmacro::exit(3),
        "exits by std" => std::process::exit(3),
        "signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGTERM) };
            std::future::pending().await
        }
        _ => {}
    }
}
