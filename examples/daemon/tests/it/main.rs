//! Services under a supervisor: one instance, a Unix socket and restart, and the first process of a
//! container.

#![cfg(unix)]

mod one_instance;
mod process_one;
mod socket;

exitmacro_testing::isolate!();
