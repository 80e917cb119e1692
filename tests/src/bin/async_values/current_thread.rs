//! A runtime that uses the thread of `main` only.

mod body;

#[exitmacro::main]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<std::process::ExitCode, String> {
    let held = body::begin().await.expect("the server listens");
    body::end(held).await
}
