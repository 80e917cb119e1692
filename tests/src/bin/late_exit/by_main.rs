//! A handler that was abandoned ends the process, see `body.rs`.

use std::process::ExitCode;

mod body;

#[exitmacro::main(signals)]
fn main() -> ExitCode {
    body::run()
}
