//! Child processes.

mod bare;
#[cfg(all(feature = "resources", any(target_os = "linux", target_os = "android")))]
mod following;
#[cfg(feature = "resources")]
mod limits;
#[cfg(all(feature = "resources", unix))]
mod list;
mod name;
#[cfg(feature = "resources")]
mod options;
#[cfg(feature = "resources")]
mod output;
#[cfg(feature = "resources")]
mod process;
#[cfg(feature = "resources")]
mod start;
#[cfg(feature = "tokio-process")]
mod tokio;

#[cfg(feature = "resources")]
pub use options::ChildOptions;
#[cfg(feature = "resources")]
pub use process::{ChildProcess, child, child_with};
