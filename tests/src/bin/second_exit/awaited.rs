//! Two threads end the process, see `body.rs`, whose handlers an `async fn main` awaits.

use std::process::ExitCode;

mod body;

#[exitmacro::main]
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    body::run()
}
