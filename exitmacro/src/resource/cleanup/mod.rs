//! How a value is closed, and what its type may ask for.

mod error;
mod method;
mod options;
mod value;

pub use error::CleanupError;
pub use method::{CleanupResult, DiscardResult, SharedSelf, cleaned, discarded, shared};
pub use options::CleanupOptions;
pub use value::AtExitCleanup;
