//! What a program prints at exit, what it tells other processes, and what changes that.

mod plan_and_report;
mod service_manager;
mod skip;
mod streams;
mod termination_message;
mod unread_stderr;
