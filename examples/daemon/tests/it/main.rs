//! Services under a supervisor: a Unix socket and restart, and the first process of a container.

#![cfg(unix)]

mod process_one;
mod socket;

exitmacro_testing::isolate!();
