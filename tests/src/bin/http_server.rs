//! Answers when stdin is closed, including the requests that were in flight when it was asked to
//! end.

use axum::Router;
use axum::routing::get;
use exitmacro::{ExitContext, at_exit, shutdown};
use std::io::{self, Read};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

static BEGUN: AtomicU32 = AtomicU32::new(0);
static ANSWERED: AtomicU32 = AtomicU32::new(0);

#[at_exit]
fn say(exit: &ExitContext) {
    println!(
        "{}, {:?}: {} of {} answered",
        exit.reason(),
        exit.code(),
        ANSWERED.load(SeqCst),
        BEGUN.load(SeqCst)
    );
}

/// Closed when the answers may be given.
static ANSWERS: Semaphore = Semaphore::const_new(0);

async fn slow() -> &'static str {
    println!("request {}", 1 + BEGUN.fetch_add(1, SeqCst));
    assert!(ANSWERS.acquire().await.is_err(), "there are no permits");
    ANSWERED.fetch_add(1, SeqCst);
    "the whole answer"
}

#[exitmacro::main(signals, grace = "20s")]
#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?.port());
    thread::spawn(|| {
        _ = io::stdin().read(&mut [0]);
        ANSWERS.close();
    });
    axum::serve(listener, Router::new().route("/", get(slow)))
        .with_graceful_shutdown(shutdown::notified())
        .await
}
