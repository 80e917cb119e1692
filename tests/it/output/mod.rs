//! What a program prints at exit, and what it sends to other processes.

mod events;
mod explained;
mod live_status;
mod pictured;
mod plan_and_report;
mod reported;
mod service_manager;
mod shutdown_time;
mod skip;
mod streams;
mod termination_message;
mod unread_stderr;
mod why_not_run;
