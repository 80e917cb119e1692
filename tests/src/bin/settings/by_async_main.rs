//! A program with a runtime, configured by `#[exitmacro::main]`.

mod body;

#[exitmacro::main(signals = [TERM], budget = "8s", timeout = "200ms", on_failure = code(3))]
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> std::process::ExitCode {
    body::end()
}
