//! Ends by an `ExitProcess` that is not in the import table of the program, as those of a DLL are
//! not.

#[cfg(windows)]
mod windows;

#[cfg(windows)]
fn main() {
    windows::main();
}

#[cfg(not(windows))]
fn main() {}
