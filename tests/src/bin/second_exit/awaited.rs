//! Two threads end the process, see `body.rs`. An `async fn main` awaits its handlers.

use std::process::ExitCode;

mod body;

#[exitmacro::main]
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    body::run()
}
