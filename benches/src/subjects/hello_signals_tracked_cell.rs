//! What a service uses of `exitmacro`: signals, one tracked value, one cell.

use exitmacro::{AtExitCell, AtExitCleanup, track};
use std::convert::Infallible;

struct Pool;

impl AtExitCleanup for Pool {
    fn cleanup(&self) -> Result<(), exitmacro::CleanupError> {
        exitmacro_benches::work();
        Ok(())
    }
}

static LOG: AtExitCell<Vec<u8>> = AtExitCell::new(Vec::new);

#[exitmacro::main(signals)]
fn main() -> Result<(), Infallible> {
    let _pool = track(Pool);
    drop(LOG.get());
    exitmacro_benches::hello();
    Ok(())
}
