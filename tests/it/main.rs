//! Behaviour at exit, tested on real processes: each test starts scenario programs and compares what they leave behind.

mod exit_paths;
mod harness;
