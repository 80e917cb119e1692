//! Closes a pool of sqlx, whose connections end by a message that is awaited. The handlers are
//! awaited in the runtime of `main`, before it ends. The other programs of this folder have other
//! runtimes.
//!
//! The environment variable `DATABASE_URL` names a PostgreSQL server.
//!
//! Output:
//! ```text
//! answers: (10, 20, 30)
//! pool of 3 connections closed
//! ```

mod database;

#[exitmacro::main]
#[tokio::main]
async fn main() -> Result<(), sqlx::Error> {
    database::open().await?;
    exitmacro_real_parts::end_in_a_runtime().await;
    Ok(())
}
