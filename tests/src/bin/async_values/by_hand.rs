//! A runtime that is built by hand, in a static.

mod body;

use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads start")
});

fn main() -> Result<std::process::ExitCode, String> {
    RUNTIME.block_on(async {
        let held = body::begin().await.expect("the server listens");
        body::end(held).await
    })
}
