//! SIGTERM during requests: all are answered, and new connections are refused meanwhile.

#![cfg(unix)]

mod actix;
mod service;
mod tonic;

exitmacro_testing::isolate!();
