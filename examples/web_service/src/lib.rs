//! A web service: axum answers requests, sqlx stores orders in SQLite, tracing writes a log. Each
//! of the three has a handler, next to what it closes, that says which one must have ended before
//! it. There are no priorities.
//!
//! ```text
//! api.rs        #[at_exit]                                     async fn drain_server    takes no more connections, answers what is under way
//! database.rs   #[at_exit(after(crate::api::drain_server))]    async fn close_pool      closes all connections to the database
//! log.rs        #[at_exit(after(crate::database::close_pool))] fn flush_log             writes the last lines of the log
//! ```
//!
//! So no request fails and no line is lost, however the program ends. What stands in `after` is a
//! path: the program does not compile when it leads nowhere.
//!
//! The programs of this package differ in their `main`: `web_service` has
//! `#[exitmacro::main(signals)]`, and `web_service_plain_main` knows nothing of exitmacro. Their
//! first argument says how they end when `POST /shutdown` asks for it, and the second one is the
//! folder for the database and the log.
//!
//! # Who answers while the process ends
//!
//! A task that calls `exit` does not come back. Where it was the only worker of its runtime, all
//! other tasks stand still from then on, and `drain_server` would wait for them in vain until its
//! time is over. And without `#[exitmacro::main]`, the runtime of `main` is gone when `main` has
//! returned. The service therefore has a runtime of its own, in a static, and no task ends the
//! process from inside it; the handlers may be awaited in any other.
//!
//! A server in the runtime of `main` can do without. It needs `#[exitmacro::main]`, so that the
//! handlers are awaited while that runtime is at work, and `tokio::task::spawn_blocking(||
//! exitmacro::exit(3))` in place of an `exit` that keeps the worker busy.

mod api;
mod database;
mod log;
mod way_out;

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

/// Whatever can go wrong.
pub type Problem = Box<dyn Error + Send + Sync>;

/// The service's own. In a static, so that it is never dropped: the pool gets its connections back
/// in tasks of it, also after the last request.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("threads can be started"));

/// Serves requests until the end is asked for, and ends in the way that the first argument says.
///
/// # Errors
///
/// When something cannot be opened, and when the argument says so.
///
/// # Panics
///
/// When the argument says so.
pub async fn run() -> Result<(), Problem> {
    let folder = env::args_os().nth(2).map_or_else(|| PathBuf::from("."), PathBuf::from);
    log::start(&folder)?;
    let address = RUNTIME.spawn(start(folder)).await??;
    println!("listening on {address}");
    exitmacro::shutdown::notified().await;
    way_out::take(env::args().nth(1).as_deref().unwrap_or("return")).await
}

async fn start(folder: PathBuf) -> Result<SocketAddr, Problem> {
    database::open(&folder).await?;
    Ok(api::start().await?)
}
