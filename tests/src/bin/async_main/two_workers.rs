//! An async `main` whose runtime has two workers.

mod body;

#[exitmacro::main]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<std::process::ExitCode, String> {
    body::end().await
}
