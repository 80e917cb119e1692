//! Ends by an `ExitProcess` that is not in the import table of the program, as those of a DLL are
//! not.

#[cfg(windows)]
#[path = "../../library_function.rs"]
mod library_function;
#[cfg(windows)]
mod windows;

fn main() {
    #[cfg(windows)]
    windows::main();
}
