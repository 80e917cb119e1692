//! Times libc's `atexit` at any number of registrations, from any number of threads. It cannot
//! unregister.

use exitmacro_benches::churn::{BATCH, Churn, Clock};

extern "C" fn handler() {
    exitmacro_benches::work();
}

fn register() {
    // SAFETY: the callback has the type that `atexit` asks for.
    unsafe { libc::atexit(handler) };
}

fn main() {
    let churn = Churn::from_arguments();
    (0..churn.live).for_each(|_| register());
    churn.run(|_thread| {
        |clock: &mut Clock| {
            clock.time("register", BATCH, || (0..BATCH).for_each(|_| register()));
        }
    });
}
