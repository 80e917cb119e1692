//! The place of a file, which is found even if the process has changed its working directory or its
//! root.
//!
//! On Unix that is an open descriptor of its directory, and the name in there. Files in one
//! directory share the descriptor.

#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod entry;
#[cfg(unix)]
mod identity;
#[cfg(unix)]
mod tree;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use elsewhere::{Identity, Place};
#[cfg(unix)]
pub(super) use identity::{Identity, identity_of};
#[cfg(unix)]
pub(super) use unix::Place;
