//! Answers the calls in flight with tonic. SIGTERM completes `shutdown::notified`: tonic takes no
//! more connections, and finishes the calls. Then `main` returns, and the handlers begin. A call
//! that takes longer than `grace` does not delay the end further.

use exitmacro::{at_exit, priority, shutdown};
use exitmacro_servers::Orders;
use std::error::Error;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

#[at_exit(priority = priority::RESOURCES)]
fn close_database() {
    println!("database closed");
}

#[exitmacro::main(signals, grace = "20s")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("listening on {}", listener.local_addr()?);
    Server::builder()
        .serve_with_incoming_shutdown(Orders, TcpIncoming::from(listener), shutdown::notified())
        .await?;
    println!("drained");
    Ok(())
}
