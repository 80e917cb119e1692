//! The service under `#[exitmacro::main(signals)]`: signals end it in order, and so does a panic
//! that aborts.
//!
//! Its output, when an order is in flight at the end:
//! ```text
//! listening on 127.0.0.1:36285
//!  INFO order begun
//!  INFO draining the server
//!  INFO order stored number=1
//!  INFO server drained
//!  INFO pool closed
//!  INFO flushing the log
//! log flushed
//! ```

use exitmacro_web_service::Problem;

// This runtime only waits for the end.
#[exitmacro::main(signals)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Problem> {
    exitmacro_web_service::run().await
}
