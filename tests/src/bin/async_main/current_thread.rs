//! An async `main` whose runtime uses the thread of `main` only.

mod body;

#[exitmacro::main]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<std::process::ExitCode, String> {
    body::end().await
}
