//! Behaviour at exit, tested on real processes: each test starts scenario programs and compares
//! what they leave behind.

#![cfg_attr(
    not(all(target_os = "linux", target_env = "gnu")),
    allow(dead_code, unused_imports, reason = "some of `support` is for tests of Linux alone")
)]

mod async_handlers;
mod builds;
mod documents;
mod engine;
mod exits;
mod fork;
mod handlers;
mod main_fn;
mod order;
mod output;
mod resources;
mod shutdown;
mod signals;
mod support;
mod surroundings;
mod values;
mod windows;

exitmacro_testing::isolate!();
