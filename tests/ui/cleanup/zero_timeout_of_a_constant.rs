use exitmacro::{AtExitCell, CleanupOptions};
use std::time::Duration;

static CELL: AtExitCell<u8> = AtExitCell::new(|| 5).timeout(Duration::ZERO);

const OPTIONS: CleanupOptions = CleanupOptions::new().timeout(Duration::from_secs(0));

fn main() {
    _ = (&CELL, OPTIONS);
}
