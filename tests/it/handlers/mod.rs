//! What a single handler may do, and what becomes of the others.

mod caller_thread;
mod panics;
mod registration;
mod small_stack;
mod starved;
mod thread_locals;
mod timeouts;
mod when;
