//! Counts in words.

use core::fmt;

/// "1 handler", "2 handlers".
pub(crate) struct Handlers(pub(crate) usize);

impl fmt::Display for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} handler{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}
