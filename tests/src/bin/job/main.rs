//! Starts a child, which starts a process of its own, and ends as the first argument names. All
//! three hold stderr open.

#[cfg(windows)]
#[path = "../../ended.rs"]
mod ended;
#[cfg(windows)]
mod windows;

#[cfg(windows)]
fn main() -> Result<(), String> {
    windows::main()
}

#[cfg(not(windows))]
fn main() {}
