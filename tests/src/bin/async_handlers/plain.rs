//! Async handlers in a program that knows nothing of that.

mod body;

fn main() -> std::process::ExitCode {
    body::end(exitmacro::run)
}
