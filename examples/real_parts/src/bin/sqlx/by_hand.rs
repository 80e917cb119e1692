//! As `main.rs`, with a runtime that is built by hand, in a static.

mod database;

use std::sync::LazyLock;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("threads start"));

fn main() -> Result<(), sqlx::Error> {
    RUNTIME.block_on(async {
        database::open().await?;
        exitmacro_real_parts::end_in_a_runtime().await;
        Ok(())
    })
}
