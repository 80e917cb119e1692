//! Gets an event of the console of Windows, as the system delivers it: a thread of its own, which
//! ends the process afterwards where the event is the last one.

#[cfg(windows)]
#[path = "../../library_function.rs"]
mod library_function;
#[cfg(windows)]
mod windows;

fn main() {
    #[cfg(windows)]
    windows::main();
}
