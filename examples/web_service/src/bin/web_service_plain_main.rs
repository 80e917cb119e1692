//! The service under a plain `main`: libc calls the handlers when `main` has returned or the
//! process exits. Signals end it without them.

use exitmacro_web_service::Problem;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Problem> {
    exitmacro_web_service::run().await
}
