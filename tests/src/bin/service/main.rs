//! A service of Windows that ends when its manager stops it. Without an argument it registers
//! itself, starts, is stopped, and prints what the service has written.

#[cfg(windows)]
mod manager;
#[cfg(windows)]
mod program;

#[cfg(windows)]
fn main() {
    match &std::env::args().collect::<Vec<_>>()[..] {
        [_, file] => program::serve(file),
        _ => manager::run_service(),
    }
}

#[cfg(not(windows))]
fn main() {}
