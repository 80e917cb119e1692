use exitmacro::{AtExitCleanup, track};
use std::cell::Cell;

#[derive(AtExitCleanup)]
struct Server<T>(#[cleanup(skip)] Cell<u32>, T);

/// Nothing is said before somebody uses it: for another `T` it might be.
fn main() {
    _ = track(Server(Cell::new(0), None::<std::fs::File>));
}
