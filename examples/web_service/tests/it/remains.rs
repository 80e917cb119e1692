//! What the service leaves behind in its folder.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Error};
use std::fs;
use std::path::Path;
use tokio::runtime::Builder;

/// The lines of the log.
pub(crate) fn log(folder: &Path) -> Vec<String> {
    fs::read_to_string(folder.join("log"))
        .expect("it is there")
        .lines()
        .map(|line| line.trim_start().to_owned())
        .collect()
}

/// The names of the files, in order.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("it is there").map(|entry| {
        entry.expect("it can be read").file_name().into_string().expect("a plain name")
    });
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// What is in the database: the number of each order and its text.
pub(crate) fn orders(folder: &Path) -> Vec<(i64, String)> {
    let runtime =
        Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(query(folder)).expect("the database can be read")
}

async fn query(folder: &Path) -> Result<Vec<(i64, String)>, Error> {
    let mut database =
        SqliteConnectOptions::new().filename(folder.join("orders.db")).connect().await?;
    let orders = sqlx::query_as("SELECT number, text FROM orders ORDER BY number")
        .fetch_all(&mut database)
        .await?;
    database.close().await?;
    Ok(orders)
}
