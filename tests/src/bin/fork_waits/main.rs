//! Forks, or tries to, and ends with success at once, as the parent of a daemon does. Prints how
//! long the handlers took to begin, and where they ran.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}
