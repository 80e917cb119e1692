//! Behaviour at exit, tested on real processes: each test starts scenario programs and compares what they leave behind.

mod anywhere;
mod build;
mod caller_thread;
mod cells;
mod exit_paths;
mod fork;
mod guards;
mod harness;
mod hygiene;
mod linking;
mod lints;
mod many_exits;
mod nested_exit;
mod order;
mod output;
mod panics;
mod plan_and_report;
mod registration;
mod resources;
mod starved;
mod thread_locals;
mod timeouts;
mod tracked;
mod ui;
