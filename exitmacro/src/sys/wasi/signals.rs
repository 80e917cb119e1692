//! There are no signals here: a program that asks for some gets an error.

use core::ffi::c_int;
use std::io;

pub(crate) fn is_ignored(_signal: c_int) -> io::Result<bool> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "WASI has no signals"))
}

pub(crate) fn take_over(_signal: c_int, _action: fn(c_int)) -> io::Result<()> {
    is_ignored(0).map(|_| ())
}

/// No signal wakes the only thread.
pub(crate) struct Wake;

impl Wake {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) fn prepare(&self) -> io::Result<()> {
        is_ignored(0).map(|_| ())
    }

    pub(crate) fn post(&self) {}

    pub(crate) fn wait(&self) {}
}
