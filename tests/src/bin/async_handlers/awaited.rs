//! Async handlers in a program that awaits them.

mod body;

#[exitmacro::main]
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> std::process::ExitCode {
    body::end(|| {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(exitmacro::run_async())
        })
    })
}
