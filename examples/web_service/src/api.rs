//! The API: `POST /orders` stores the text that it is sent, and `POST /shutdown` requests the end.

use crate::{Problem, database};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::routing::post;
use exitmacro::{at_exit, shutdown};
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{self, JoinHandle};

struct Server {
    stop: oneshot::Sender<()>,
    /// Completes when every request is answered.
    serving: JoinHandle<io::Result<()>>,
}

static SERVER: Mutex<Option<Server>> = Mutex::new(None);

/// Represents the slow work of a service.
const PREPARATION: Duration = Duration::from_millis(300);

const LONGEST_ORDER: usize = 1000;

/// Takes no more connections and answers the requests in flight.
///
/// # Errors
///
/// When the server ended by itself before, with an error.
#[at_exit]
pub(crate) async fn drain_server() -> Result<(), Problem> {
    let Some(Server { stop, serving }) = SERVER.lock().unwrap().take() else { return Ok(()) };
    tracing::info!("draining the server");
    _ = stop.send(());
    serving.await??;
    tracing::info!("server drained");
    Ok(())
}

/// Serves in a task of the calling runtime.
pub(crate) async fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let app = Router::new().route("/orders", post(order)).route("/shutdown", post(end));
    let server = axum::serve(listener, app).with_graceful_shutdown(async { _ = stopped.await });
    *SERVER.lock().unwrap() = Some(Server { stop, serving: task::spawn(server.into_future()) });
    Ok(address)
}

async fn order(body: Body) -> Result<String, (StatusCode, String)> {
    tracing::info!("order begun");
    let text = to_bytes(body, LONGEST_ORDER)
        .await
        .map_err(|error| answer(StatusCode::BAD_REQUEST, error))?;
    tokio::time::sleep(PREPARATION).await;
    let number = database::store(&String::from_utf8_lossy(&text))
        .await
        .map_err(|error| answer(StatusCode::INTERNAL_SERVER_ERROR, error))?;
    tracing::info!(number, "order stored");
    Ok(format!("order {number}"))
}

fn answer(status: StatusCode, error: impl Display) -> (StatusCode, String) {
    (status, error.to_string())
}

/// `main` ends the program. A request that did it here would never be answered, and `drain_server`
/// would wait for it until its timeout expires.
async fn end() -> StatusCode {
    shutdown::request();
    StatusCode::ACCEPTED
}
