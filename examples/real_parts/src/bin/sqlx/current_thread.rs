//! As `main.rs`, with a runtime that uses the thread of `main` only.

mod database;

#[exitmacro::main]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), sqlx::Error> {
    database::open().await?;
    exitmacro_real_parts::end_in_a_runtime().await;
    Ok(())
}
