//! Real parts of programs are closed on every exit path, and are not when the handlers are skipped.

#![cfg(unix)]

mod databases;
mod files;
mod harness;
mod postgres;
mod teardown;
mod terminal;

exitmacro_testing::isolate!();
