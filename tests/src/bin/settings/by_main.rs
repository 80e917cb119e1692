//! A program that is configured by `#[exitmacro::main]`.

mod body;

#[exitmacro::main(signals = [TERM], budget = "8s", timeout = "200ms", on_failure = code(3))]
fn main() -> std::process::ExitCode {
    body::end()
}
