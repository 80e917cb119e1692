//! Resources: values that register themselves for cleanup.
//!
//! With the feature `resources`, which is off by default, this module has ready-made values that
//! most programs need. Without it this module is empty. Each is a [`Tracked`](crate::Tracked)
//! value: it is removed once, when its last handle drops, or at exit, and never in a forked child.

#[cfg(all(feature = "resources", unix))]
mod about;
pub(crate) mod cell;
mod cell_close;
mod cell_fill;
pub(crate) mod cell_guard;
#[cfg(all(feature = "resources", unix))]
mod child;
#[cfg(all(feature = "resources", unix))]
mod child_options;
#[cfg(all(feature = "resources", unix))]
mod child_output;
pub(crate) mod cleanup;
mod defer;
mod doer;
mod fate;
pub(crate) mod guard;
mod guarded;
#[cfg(all(feature = "resources", unix))]
mod lock_file;
#[cfg(all(feature = "resources", unix))]
mod lock_holder;
#[cfg(any(feature = "parking_lot", feature = "tokio"))]
mod lock_impls;
#[cfg(all(feature = "resources", unix))]
mod locked_file;
pub(crate) mod parts;
#[cfg(feature = "resources")]
mod persist_error;
#[cfg(all(feature = "resources", unix))]
mod pid_file;
#[cfg(feature = "resources")]
mod place;
#[cfg(feature = "rayon")]
pub(crate) mod rayon_pool;
pub(crate) mod std_impls;
#[cfg(feature = "resources")]
mod temp;
#[cfg(feature = "resources")]
mod temp_options;
#[cfg(feature = "resources")]
mod temporary;
#[cfg(all(feature = "tokio-process", unix))]
mod tokio_child;
pub(crate) mod tracked;
#[cfg(all(feature = "resources", unix))]
mod unix_socket;
pub(crate) mod value_guard;

#[cfg(all(feature = "resources", unix))]
pub use child::{ChildProcess, child, child_with};
#[cfg(all(feature = "resources", unix))]
pub use child_options::ChildOptions;
#[cfg(all(feature = "resources", unix))]
pub use lock_file::{LockFile, lock_file};
#[cfg(feature = "resources")]
pub use persist_error::PersistError;
#[cfg(all(feature = "resources", unix))]
pub use pid_file::{PidFile, pid_file};
#[cfg(feature = "resources")]
pub use temp::{TempDir, TempFile, temp_dir, temp_dir_with, temp_file, temp_file_with};
#[cfg(feature = "resources")]
pub use temp_options::TempOptions;
#[cfg(all(feature = "resources", unix))]
pub use unix_socket::{UnixSocket, unix_socket};
