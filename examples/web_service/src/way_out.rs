//! The ways in which `main` can end.

use crate::Problem;
use std::thread;

/// Ends the program that way; only returns when `main` is to return.
pub(crate) async fn take(way: &str) -> Result<(), Problem> {
    match way {
        "return" => Ok(()),
        "never" => std::future::pending().await,
        "error" => Err("out of ink".into()),
        "panic" => panic!("out of ink"),
        "abort" => cannot_unwind(),
        "exitmacro_exit" => tokio::spawn(async { exitmacro::exit(3) }).await?,
        "process_exit" => tokio::spawn(async { std::process::exit(3) }).await?,
        "exit_on_a_thread" => thread::spawn(|| std::process::exit(3))
            .join()
            .map_err(|_| "the thread came back".into()),
        other => Err(format!("no way to end: {other}").into()),
    }
}

/// The process aborts, as every panic does with `panic = "abort"`.
extern "C" fn cannot_unwind() -> ! {
    panic!("out of ink")
}
