//! How a child process is closed that has no handle of this crate: those of std and of tokio.

use crate::awaited;
use crate::resource::child::name::ChildName;
use crate::resource::cleanup::{AtExitCleanup, CleanupError};
use crate::sys;
use crate::times::CHILD_GRACE;
use core::time::Duration;
use std::io;
use std::process::Child;

impl AtExitCleanup for Child {
    fn cleanup(&self) -> Result<(), CleanupError> {
        end(self.id(), sys::end_child)
    }

    /// Checks first whether it was waited for: then its number may be another process's. The handle
    /// reaps it, and knows that afterwards.
    fn cleanup_mut(&mut self) -> Result<(), CleanupError> {
        if !matches!(self.try_wait(), Ok(None)) {
            return Ok(());
        }
        end(self.id(), sys::stop_child)?;
        // An error means that other code has waited for it.
        _ = self.try_wait();
        Ok(())
    }
}

/// Ends the child of this number by `how`, with the usual grace period.
pub(super) fn end(
    number: u32,
    how: fn(child: u32, grace: Duration) -> io::Result<()>,
) -> Result<(), CleanupError> {
    let child = ChildName::of(number);
    let ended = awaited::during(|| format!("{child} to end"), || how(number, CHILD_GRACE));
    ended.map_err(|error| format!("{child}: {error}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_child() {
        let fails = |_, grace| {
            assert_eq!(grace, CHILD_GRACE);
            Err(io::Error::other("it is immortal"))
        };
        let message = end(u32::MAX, fails).expect_err("it fails").to_string();
        assert_eq!(message, "child process 4294967295: it is immortal");
    }
}
