//! What `#[exitmacro::main]` makes of an `async fn main`.

use std::process::{ExitCode, Termination};

/// Awaits `body`, which is `main` as it was written, and then the handlers, while the runtime that drives both is alive.
pub async fn main_async<R: Termination>(body: impl Future<Output = R>) -> ExitCode {
    body.await.report()
}
