//! The service loses nothing, however it ends, and its parts are closed in their order.

#![cfg(unix)]

mod client;
mod exit_paths;
mod remains;
mod service;

exitmacro_testing::isolate!();
