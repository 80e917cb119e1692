//! Children whose process id is misleading: that of their parent, in a pid namespace of their own,
//! or that of an earlier process.
//!
//! The first argument names the case. The program starts itself again as the first process of a
//! namespace.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}
