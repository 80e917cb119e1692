//! Sends 20 events to Sentry, whose client has a queue and a thread that sends. The handler drops
//! the guard, which waits until the queue is empty, for at most `shutdown_timeout`.

use exitmacro::{at_exit, priority};
use sentry::{ClientInitGuard, ClientOptions, Level};
use std::error::Error;
use std::sync::Mutex;
use std::time::Duration;

static GUARD: Mutex<Option<ClientInitGuard>> = Mutex::new(None);

// Last of all, so that the other handlers can still send events. Its timeout is longer than that of
// the client.
#[at_exit(priority = priority::TELEMETRY, timeout = "10s")]
fn send_last_events() {
    drop(GUARD.lock().unwrap().take());
}

#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn Error>> {
    let guard = sentry::init(ClientOptions {
        dsn: Some(exitmacro_telemetry::destination("http://key@localhost:9000/1").parse()?),
        shutdown_timeout: Duration::from_secs(8),
        ..ClientOptions::default()
    });
    *GUARD.lock().unwrap() = Some(guard);

    for order in 1..=20 {
        sentry::capture_message(&format!("order {order} is late"), Level::Warning);
    }
    exitmacro_telemetry::end();
    Ok(())
}
