//! `#[exitmacro::main]` and `config!`: what they are put on, and what they change.

mod configurations;
mod error;
mod return_types;
mod run;
mod runtime;
mod settings;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod shared_objects;

use crate::support::{Ended, scenario};

/// What the handlers of `main_fn` and of the programs with a runtime say of the end.
fn handlers(end: &str, thread_local: &str) -> String {
    format!(
        "on the ending thread: {end}, its thread-local is {thread_local}\non exitmacro: {end}\n"
    )
}

/// The message that std prints for a panic in main.
fn panic_message(file: &str) -> String {
    format!(
        "\nthread 'main' (_) panicked at {file}:_:\nmain panics\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
    )
}

fn main_fn(way: &str) -> Ended {
    scenario!("main_fn").arg(way).run()
}
