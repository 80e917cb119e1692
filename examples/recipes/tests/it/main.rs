//! Each recipe of this package, on each exit path, and once without handlers.

#![cfg(unix)]

#[path = "../../../real_parts/tests/it/harness.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod harness;

mod menu;
mod progress;
mod recipes;
mod screen;

exitmacro_testing::isolate!();
