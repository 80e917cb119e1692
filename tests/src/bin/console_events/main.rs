//! Gets an event of the console of Windows, as the system delivers it: a thread of its own, which
//! ends the process afterwards where the event is the last one.

#[cfg(windows)]
mod windows;

#[cfg(windows)]
fn main() {
    windows::main();
}

#[cfg(not(windows))]
fn main() {}
