//! `#[exitmacro::main]` above `#[tokio::main]`.

mod body;

use std::error::Error;
use std::process::ExitCode;

#[exitmacro::main]
#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    body::end().await
}
