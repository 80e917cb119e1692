//! Every program of this package on each exit path, and once without handlers, where what it wrote
//! or sent last is lost.

#![cfg(unix)]

mod events;
mod files;
mod program;
mod sink;

exitmacro_testing::isolate!();
