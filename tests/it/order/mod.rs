//! In which order handlers run.

mod concurrent;
mod differential;
mod edges;
mod lanes;
mod many_edges;
mod priorities;
mod short_handlers;
