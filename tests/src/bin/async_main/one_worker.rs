//! An async `main` whose runtime has one worker.

mod body;

#[exitmacro::main]
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<std::process::ExitCode, String> {
    body::end().await
}
