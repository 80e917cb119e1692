//! Two threads end the process, see `body.rs`.

use std::process::ExitCode;

mod body;

fn main() -> ExitCode {
    body::run()
}
