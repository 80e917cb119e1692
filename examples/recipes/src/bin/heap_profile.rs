//! Writes the heap profile of dhat at exit. It is written when the profiler drops, which lives in a
//! static here, so that a signal or an exit in the middle of the work does not lose it.
//!
//! The first argument names how the program ends: `return`, `exit`, `panic` or `signal`; the second
//! one is the folder of the profile.

use exitmacro::{AtExitCell, priority};
use std::path::PathBuf;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

// Last of all, so that the profile has what the other handlers allocate.
static PROFILER: AtExitCell<dhat::Profiler> =
    AtExitCell::empty().priority(priority::TELEMETRY - 100).name("heap profile");

fn folder() -> PathBuf {
    std::env::args_os().nth(2).unwrap_or_else(|| ".".into()).into()
}

#[exitmacro::main(signals)]
fn main() -> Result<(), exitmacro::CellError> {
    let file = folder().join("dhat-heap.json");
    drop(PROFILER.get_or_init(|| dhat::Profiler::builder().file_name(file).build())?);
    let orders = vec![0_u8; 123_456];
    println!("{} bytes of orders", orders.len());
    exitmacro_endings::end();
    Ok(())
}
