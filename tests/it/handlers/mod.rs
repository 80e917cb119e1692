//! What a handler may do, and how it affects the others.

mod caller_thread;
mod panics;
mod registration;
mod small_stack;
mod starved;
mod thread_locals;
mod timeouts;
mod when;
