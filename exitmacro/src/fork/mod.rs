//! Which process owns the handlers, and how state is kept whole across `fork`.

pub(crate) mod generation;
pub(crate) mod ownership;
pub(crate) mod watch;
