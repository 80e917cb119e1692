use exitmacro::{AtExitCleanup, track};
use std::cell::Cell;

#[derive(AtExitCleanup)]
struct Server<T>(#[cleanup(skip)] Cell<u32>, T);

/// No error before it is used: for another `T` it might be thread-safe.
fn main() {
    _ = track(Server(Cell::new(0), None::<std::fs::File>));
}
