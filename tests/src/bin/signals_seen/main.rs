//! Prints what the system shows of a process and of its children: signals that are blocked, ignored
//! and caught, and threads. The first argument names what is installed.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}
