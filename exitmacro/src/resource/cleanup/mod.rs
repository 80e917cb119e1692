//! How a value is closed, and what its type may ask for.

mod error;
mod method;
mod options;
mod value;

pub use error::CleanupError;
pub use method::{Ask, CleanupResult, DiscardResult, Method, SharedSelf, call, discarded, method};
pub use options::CleanupOptions;
pub use value::AtExitCleanup;
#[cfg(feature = "async")]
pub use value::Closing;
pub(crate) use value::TakenOut;
