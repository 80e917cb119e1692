//! Resources: values that register themselves for cleanup.
//!
//! With the feature `resources`, which is off by default, this module has ready-made values that
//! most programs need. Without it this module is empty. Each is a [`Tracked`](crate::Tracked)
//! value: it is removed once, when its last handle drops, or at exit, and never in a forked child.
//!
//! The guide: [values](crate::guide::values).

#![doc(alias("tempfile", "temp file", "pidfile", "lockfile", "raw mode"))]

#[cfg(all(feature = "resources", unix))]
mod about;
pub(crate) mod cell;
#[cfg(feature = "async")]
mod cell_async;
mod cell_close;
mod cell_fill;
pub(crate) mod cell_guard;
#[cfg(any(unix, windows))]
mod child;
pub(crate) mod cleanup;
#[cfg(feature = "async")]
mod closing;
#[cfg(feature = "tokio")]
mod closing_tasks;
mod defer;
mod doer;
mod fate;
pub(crate) mod guard;
mod guarded;
pub(crate) mod in_mutex;
mod join_handle;
#[cfg(all(feature = "resources", unix))]
mod lock_file;
#[cfg(all(feature = "resources", unix))]
mod lock_holder;
#[cfg(any(feature = "parking_lot", feature = "tokio"))]
mod lock_impls;
#[cfg(all(feature = "resources", unix))]
mod locked_file;
#[cfg(all(feature = "resources", unix))]
mod on_panic;
pub(crate) mod parts;
#[cfg(feature = "async")]
pub(crate) mod parts_async;
#[cfg(feature = "resources")]
mod persist_error;
#[cfg(all(feature = "resources", unix))]
mod pid_file;
#[cfg(feature = "resources")]
mod place;
#[cfg(feature = "rayon")]
pub(crate) mod rayon_pool;
mod std_impls;
#[cfg(feature = "resources")]
mod temp;
#[cfg(feature = "resources")]
mod temp_options;
#[cfg(feature = "resources")]
mod temporary;
#[cfg(all(feature = "resources", unix))]
mod terminal;
pub(crate) mod tracked;
#[cfg(feature = "async")]
mod tracked_async;
mod tracked_state;
#[cfg(feature = "resources")]
mod tracking;
#[cfg(all(feature = "resources", unix))]
mod unix_socket;
pub(crate) mod value_guard;

#[cfg(all(feature = "resources", any(unix, windows)))]
pub use child::{ChildOptions, ChildProcess, child, child_with};
#[cfg(all(feature = "resources", unix))]
pub use lock_file::{LockFile, lock_file};
#[cfg(all(feature = "resources", unix))]
pub use on_panic::OnPanic;
#[cfg(feature = "resources")]
pub use persist_error::PersistError;
#[cfg(all(feature = "resources", unix))]
pub use pid_file::{PidFile, pid_file};
#[cfg(feature = "resources")]
pub use temp::{TempDir, TempFile, temp_dir, temp_dir_with, temp_file, temp_file_with};
#[cfg(feature = "resources")]
pub use temp_options::TempOptions;
#[cfg(all(feature = "resources", unix))]
pub use terminal::{Terminal, TerminalOptions, terminal, terminal_with};
#[cfg(all(feature = "resources", unix))]
pub use unix_socket::{UnixSocket, unix_socket};
