//! How a program ends, as an argument names it.

/// Ends the calling process by that exit path, if it is one of these; `Some` where `main` ends it.
pub(crate) fn end_by(exit_path: &str) -> Option<Result<(), String>> {
    match exit_path {
        "return" => Some(Ok(())),
        "error" => Some(Err("no luck".to_owned())),
        "panic" => panic!("main panics"),
        "std exit" => std::process::exit(3),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(4) },
        "exit" => exitmacro::exit(5),
        "exit on a thread" => {
            std::thread::spawn(|| exitmacro::exit(6));
            wait()
        }
        _ => None,
    }
}

/// Waits for the end of the process.
pub(crate) fn wait() -> ! {
    loop {
        std::thread::park();
    }
}
