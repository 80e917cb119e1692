//! A future uses up the budget as the argument names.

use exitmacro::{ExitContext, at_exit};
use std::future::pending;
use std::process::ExitCode;
use std::thread;

struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {
        println!("dropped");
    }
}

fn hang() {
    loop {
        thread::park();
    }
}

#[at_exit(timeout = "60s", name = "patient")]
async fn patient() {
    let _dropped = Dropped;
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "awaiting" => pending().await,
        "blocking" => hang(),
        "blocking, with a thread left in the runtime" => {
            tokio::task::spawn_blocking(hang);
            hang();
        }
        other => panic!("unknown act: {other}"),
    }
}

#[at_exit(priority = -1, name = "last")]
async fn last(exit: &ExitContext) {
    println!("last: {:?}", exit.code());
}

#[exitmacro::main(budget = "1s")]
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<ExitCode, String> {
    match std::env::args().nth(2).unwrap_or_default().as_str() {
        "return 7" => Ok(ExitCode::from(7)),
        "error" => Err("no luck".to_owned()),
        "panic" => panic!("main panics"),
        "exitmacro exit" => exitmacro::exit(5),
        other => panic!("unknown exit path: {other}"),
    }
}
