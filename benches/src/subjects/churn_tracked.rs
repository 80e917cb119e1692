//! Times values that are tracked and dropped at once, next to an `Arc` of the same value.

use exitmacro::{AtExitCleanup, CleanupError, track};
use exitmacro_benches::churn::{BATCH, Churn, Clock};
use std::hint::black_box;
use std::sync::Arc;

/// As big as a handle to a connection.
struct Value(#[expect(dead_code, reason = "it is there to be stored")] u64);

impl AtExitCleanup for Value {
    fn cleanup(&self) -> Result<(), CleanupError> {
        exitmacro_benches::work();
        Ok(())
    }
}

fn main() {
    let churn = Churn::from_arguments();
    let _live: Vec<_> = (0..churn.live).map(|number| track(Value(number as u64))).collect();
    churn.run(|_thread| {
        |clock: &mut Clock| {
            clock.time("arc", BATCH, || {
                (0..BATCH).for_each(|number| {
                    let value = black_box(Arc::new(Value(number as u64)));
                    exitmacro_benches::work();
                    drop(value);
                });
            });
            clock.time("track", BATCH, || {
                (0..BATCH).for_each(|number| drop(black_box(track(Value(number as u64)))))
            });
        }
    });
}
