//! An async `main` whose runtime works on the thread of `main` alone.

mod body;

#[exitmacro::main]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<std::process::ExitCode, String> {
    body::end().await
}
