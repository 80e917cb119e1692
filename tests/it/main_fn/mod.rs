//! `#[exitmacro::main]` and `config!`: where they are accepted, and what they change.

mod configurations;
mod error;
mod error_last;
mod return_types;
mod run;
mod runtime;
mod settings;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod shared_objects;

use crate::support::{Ended, scenario};

/// What the handlers of `main_fn` and of the programs with a runtime print.
fn handlers(end: &str, thread_local: &str) -> String {
    format!(
        "on the ending thread: {end}, its thread-local is {thread_local}\non exitmacro: {end}\n"
    )
}

fn main_fn(exit_path: &str) -> Ended {
    scenario!("main_fn").arg(exit_path).run()
}
