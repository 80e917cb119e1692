//! Which process owns the handlers, and how state is kept whole across `fork`.

mod child;
pub(crate) mod generation;
pub(crate) mod identity;
pub(crate) mod own_thread;
pub(crate) mod ownership;
mod shared_memory;
pub(crate) mod watch;
