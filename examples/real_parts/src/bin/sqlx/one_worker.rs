//! As `main.rs`, with one worker.

mod database;

#[exitmacro::main]
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<(), sqlx::Error> {
    database::open().await?;
    exitmacro_real_parts::end_in_a_runtime().await;
    Ok(())
}
