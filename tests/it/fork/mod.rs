//! A forked child runs only what it registered itself, and its parent does not notice.

mod adoption;
mod children;
#[cfg(target_os = "linux")]
mod daemon;
mod forgets;
#[cfg(target_os = "linux")]
mod locks;
#[cfg(target_os = "linux")]
mod process_ids;
mod signals;
#[cfg(target_os = "linux")]
mod waits;
