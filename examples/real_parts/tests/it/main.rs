//! Real parts of programs are closed on every way out, and are not when the handlers are told to
//! leave them.

#![cfg(unix)]

mod databases;
mod files;
mod harness;
mod postgres;
mod teardown;
mod terminal;

exitmacro_testing::isolate!();
