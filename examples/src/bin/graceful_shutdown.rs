//! Answers the requests in flight, then cleans up. SIGTERM makes axum take no more connections and
//! finish the open ones. Then `main` returns and the handlers begin. A request that takes longer
//! than the grace period does not delay the end further.
//!
//! Output:
//! ```text
//! client: asks for the report
//! server: has begun the report when SIGTERM comes
//! server: takes no more connections, but finishes the report
//! client: HTTP/1.1 200 OK: the report
//! handler: database closed, because of SIGTERM
//! ```
//! Status: 143

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use exitmacro::{ExitContext, at_exit, priority, shutdown};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use tokio::net::TcpListener;
use tokio::task;

#[at_exit(priority = priority::RESOURCES)]
fn close_database(exit: &ExitContext) {
    println!("handler: database closed, because of {}", exit.reason());
}

#[exitmacro::main(signals, grace = "10s")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let client = task::spawn_blocking(move || ask(address));

    let app = Router::new().route("/report", get(report)).with_state(address);
    axum::serve(listener, app).with_graceful_shutdown(shutdown::notified()).await?;
    client.await?
}

/// Slow: the whole shutdown happens meanwhile.
async fn report(State(address): State<SocketAddr>) -> &'static str {
    println!("server: has begun the report when SIGTERM comes");
    // SAFETY: has no preconditions.
    unsafe { libc::raise(libc::SIGTERM) };
    // Clients can connect until axum has seen the request to end.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        task::yield_now().await;
    }
    println!("server: takes no more connections, but finishes the report");
    "the report"
}

/// Represents the clients, which are elsewhere.
fn ask(address: SocketAddr) -> io::Result<()> {
    println!("client: asks for the report");
    let mut connection = TcpStream::connect(address)?;
    connection
        .write_all(b"GET /report HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    println!(
        "client: {}: {}",
        answer.lines().next().unwrap_or_default(),
        answer.lines().last().unwrap_or_default()
    );
    Ok(())
}
