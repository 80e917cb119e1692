//! Starts the program of its arguments, becomes the parent of its orphans, and prints how all of
//! them ended.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {}
