//! A web service: axum answers requests, sqlx stores orders in SQLite, tracing writes a log. Each
//! of the three has a handler, next to what it closes, that names the handler which must finish
//! before it. There are no priorities.
//!
//! ```text
//! api.rs       drain_server  takes no more connections, answers requests in flight
//! database.rs  close_pool    after drain_server: closes all connections to the database
//! log.rs       flush_log     after close_pool: writes the last lines of the log
//! ```
//!
//! So no request fails and no line is lost, however the program ends. `after` takes a path: the
//! program does not compile if it does not resolve.
//!
//! The programs of this package differ in their `main`: `web_service` has
//! `#[exitmacro::main(signals)]`, and `web_service_plain_main` has a plain `main`. Their first
//! argument names how they end when `POST /shutdown` requests it, the second one is the folder for
//! the database and the log.
//!
//! # Which runtime works while the process ends
//!
//! A task that calls `exit` does not return. If it runs on the only worker of its runtime, all
//! other tasks are blocked, and `drain_server` would wait for them in vain until its timeout
//! expires. And without `#[exitmacro::main]`, the runtime of `main` is dropped when `main` has
//! returned. The service therefore has a runtime of its own, in a static, and no task ends the
//! process from inside it. The handlers may be awaited in any other runtime.
//!
//! A server in the runtime of `main` works too. It needs `#[exitmacro::main]`, so that the handlers
//! are awaited while that runtime works, and `tokio::task::spawn_blocking(|| exitmacro::exit(3))`
//! in place of an `exit` that blocks the worker.

mod api;
mod database;
mod exit_path;
mod log;

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

/// Any error of the service.
pub type Problem = Box<dyn Error + Send + Sync>;

/// The runtime of the service. In a static, so that it is never dropped: the pool gets its
/// connections back in its tasks, even after the last request.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("threads can be started"));

/// Serves requests until the end is requested, and ends on the exit path that the first argument
/// names.
///
/// # Errors
///
/// When something cannot be opened, and on the exit path `error`.
///
/// # Panics
///
/// On the exit paths `panic` and `abort`.
pub async fn run() -> Result<(), Problem> {
    let folder = env::args_os().nth(2).map_or_else(|| PathBuf::from("."), PathBuf::from);
    log::start(&folder)?;
    let address = RUNTIME.spawn(start(folder)).await??;
    println!("listening on {address}");
    exitmacro::shutdown::notified().await;
    exit_path::end_by(env::args().nth(1).as_deref().unwrap_or("return")).await
}

async fn start(folder: PathBuf) -> Result<SocketAddr, Problem> {
    database::open(&folder).await?;
    Ok(api::start().await?)
}
