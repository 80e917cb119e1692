//! What `#[exitmacro::main]` makes of an `async fn main`, and how a program awaits its handlers
//! itself.

use crate::config::declared::Settings;
use crate::handler::context::ExitReason;
use crate::process::main_value::Known;
use crate::process::{background, exit, main_fn};
use crate::report::Report;
use crate::run;
use core::pin::pin;
use core::task::Poll;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

type Panic = Box<dyn Any + Send>;

/// Awaits `body`, which is `main` as it was written, and then the handlers, while the runtime that
/// drives both is running.
///
/// Returns what `body` returns. If only its report gives the status, the handlers run when the
/// runtime has ended. A panic continues after them.
pub async fn main_async<R>(
    settings: &'static Settings,
    body: impl Future<Output = R>,
    known: fn(&R) -> Option<Known<'_>>,
) -> R {
    if !main_fn::is_the_body(settings) {
        return body.await;
    }
    #[cfg(feature = "tokio")]
    run::tokio_runtime::remember_current();
    let ended = caught(body).await;
    let (reason, known) = match &ended {
        // Formatted now, though std will format it again: when another thread has to print the
        // error, a handler that hangs may keep this thread.
        Ok(returned) => (ExitReason::Return, known(returned).map(|known| known.in_words())),
        Err(_) => (ExitReason::Panic, Some(Known::of_status(main_fn::PANICKED).in_words())),
    };
    if let Some(known) = known {
        // Without a thread for it, they run when the runtime is gone.
        _ = background::spawn_awaited("exitmacro-run", move || {
            main_fn::run_handlers_early(reason, known.known())
        })
        .await;
    }
    ended.unwrap_or_else(|panic| resume_unwind(panic))
}

/// The output of the future, or its panic.
async fn caught<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut future = pin!(future);
    core::future::poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

/// Runs all handlers now, like [`run`](crate::run()), for programs that await their shutdown. The
/// awaiting thread continues with other tasks, so that handlers find the program's runtime running.
///
/// The process continues afterwards, and the handlers do not run again. If the future is dropped,
/// the run continues. During a run, the call waits for the end of that run; inside a handler, it
/// reports on the handlers that have ended so far.
///
/// With the feature `tokio`, `async fn` handlers run in the tokio runtime that awaits this.
///
/// The guide: [async handlers](crate::guide::async_handlers).
///
/// # Threads
///
/// A separate thread supervises. All handlers run on runner threads, also those with `thread =
/// caller`: one that hangs on the supervising thread would keep this future from ever becoming
/// ready.
///
/// ```
/// # struct Server;
/// # impl Server { async fn run(self) {} }
/// async fn serve(server: Server) {
///     server.run().await;
///     let report = exitmacro::run_async().await;
///     println!("{report}");
/// }
/// ```
pub async fn run_async() -> Report {
    if run::seen().is_in_handler {
        return run::report_so_far();
    }
    #[cfg(feature = "tokio")]
    run::tokio_runtime::remember_current();
    match background::spawn_awaited("exitmacro-run", exit::run_awaited).await {
        Ok(report) => report,
        // No thread could be started, so they run here.
        Err(_) => exit::run(),
    }
}
