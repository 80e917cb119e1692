//! The service loses nothing, however it ends, and its parts are closed in their order.

#![cfg(unix)]

mod client;
mod left;
mod service;
mod ways_out;

exitmacro_testing::isolate!();
