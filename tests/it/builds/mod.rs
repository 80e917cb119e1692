//! What only a build shows: crates of users are compiled, linked and run.

mod aborts;
mod foreign_teardown;
mod hygiene;
mod linking;
mod lints;
mod plugins;
mod profiles;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod quick_starts;
#[cfg(target_os = "linux")]
mod stacks;
mod targets;
mod ui;
