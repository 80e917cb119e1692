//! A small service of axum, tokio and tracing. Its growth is the cost of a handler in a program
//! that has threads, formatting and collections anyway.

use axum::{Router, routing::get};
use tokio::net::TcpListener;

/// Answers requests until the process ends.
///
/// # Errors
///
/// When the address cannot be bound.
pub async fn serve() -> std::io::Result<()> {
    tracing_subscriber::fmt().init();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    axum::serve(listener, Router::new().route("/", get(async || "Hello, world!"))).await
}
