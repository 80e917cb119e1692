//! The orders.

use exitmacro::at_exit;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Error, SqlitePool};
use std::path::Path;
use std::sync::OnceLock;

static POOL: OnceLock<SqlitePool> = OnceLock::new();

/// Closes all connections. The last one moves the write-ahead log into the database.
#[at_exit(after(crate::api::drain_server))]
pub(crate) async fn close_pool() {
    let Some(pool) = POOL.get() else { return };
    pool.close().await;
    tracing::info!("pool closed");
}

pub(crate) async fn open(folder: &Path) -> Result<(), Error> {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("orders.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY, text TEXT)")
        .execute(&pool)
        .await?;
    POOL.get_or_init(|| pool);
    Ok(())
}

/// Returns the number of the order.
pub(crate) async fn store(text: &str) -> Result<i64, Error> {
    let pool = POOL.get().ok_or(Error::PoolClosed)?;
    let stored =
        sqlx::query("INSERT INTO orders (text) VALUES (?)").bind(text).execute(pool).await?;
    Ok(stored.last_insert_rowid())
}
