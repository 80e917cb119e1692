//! One handler, declared with `inventory`, sorted and called in a function registered with libc's
//! `atexit`.

use exitmacro_benches::{hello, work};

exitmacro_benches::collected!(inventory::iter::<Handler>.into_iter());

inventory::collect!(Handler);
inventory::submit! { Handler { priority: 0, run: work } }

fn main() {
    // SAFETY: the callback has the type that `atexit` asks for.
    unsafe { libc::atexit(run_all) };
    hello();
}
