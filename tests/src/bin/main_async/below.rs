//! `#[exitmacro::main]` below `#[tokio::main]`.

mod body;

use std::error::Error;
use std::process::ExitCode;

#[tokio::main]
#[exitmacro::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    body::end().await
}
