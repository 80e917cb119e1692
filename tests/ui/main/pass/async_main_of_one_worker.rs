//! What a future can return, a `main` that awaits it can.

use std::process::{ExitCode, Termination};

struct Ended;

impl Termination for Ended {
    fn report(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

mod fallible {
    pub(crate) async fn five() -> Result<u8, std::num::ParseIntError> {
        "5".parse()
    }
}

#[exitmacro::main]
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<impl Termination, Box<dyn std::error::Error + Send + Sync>> {
    #![allow(unused_variables)]
    let unused = 5;
    let handle =
        tokio::spawn(async { Ok::<_, std::num::ParseIntError>(fallible::five().await? + 1) });
    assert_eq!(handle.await??, 6);
    Ok(Ended)
}
