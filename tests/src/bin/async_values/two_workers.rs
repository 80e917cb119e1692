//! A runtime with two workers.

mod body;

#[exitmacro::main]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<std::process::ExitCode, String> {
    let held = body::begin().await.expect("the server listens");
    body::end(held).await
}
