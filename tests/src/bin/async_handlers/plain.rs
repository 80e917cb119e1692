//! Async handlers in a program that does not await them.

mod body;

fn main() -> std::process::ExitCode {
    body::end(exitmacro::run)
}
