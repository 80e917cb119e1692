//! How a process ends: each file is one way in, and all it does is call the run.

pub(crate) mod config;
pub(crate) mod exit;
pub(crate) mod hook;
