//! The exit paths of `main`.

use crate::Problem;
use std::thread;

/// Ends the program on this exit path. Returns only when `main` is to return.
pub(crate) async fn end_by(exit_path: &str) -> Result<(), Problem> {
    match exit_path {
        "return" => Ok(()),
        "never" => std::future::pending().await,
        "error" => Err("out of ink".into()),
        "panic" => panic!("out of ink"),
        "abort" => cannot_unwind(),
        "exitmacro_exit" => tokio::spawn(async { exitmacro::exit(3) }).await?,
        "process_exit" => tokio::spawn(async { std::process::exit(3) }).await?,
        "exit_on_a_thread" => {
            thread::spawn(|| std::process::exit(3)).join().map_err(|_| "the thread returned".into())
        }
        other => Err(format!("unknown exit path: {other}").into()),
    }
}

/// The process aborts, as every panic does with `panic = "abort"`.
extern "C" fn cannot_unwind() -> ! {
    panic!("out of ink")
}
