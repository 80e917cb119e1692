//! As `main.rs`, with a runtime that opens the pool. `main` ends outside of it.

mod database;

use std::sync::LazyLock;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("threads start"));

fn main() -> Result<(), sqlx::Error> {
    RUNTIME.block_on(database::open())?;
    exitmacro_real_parts::end();
    Ok(())
}
