//! A plain `main`, which `config!` configures. It asks for signals, which WASI does not have.

#![forbid(unsafe_code, warnings)]

exitmacro::config! { on_failure = code(9), signals }

#[exitmacro::at_exit]
fn fails() -> Result<(), &'static str> {
    Err("the disk is full")
}

fn main() {}
