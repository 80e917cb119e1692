//! One handler in a slice of `linkme`, sorted and called in a function registered with libc's
//! `atexit`.

use exitmacro_benches::{hello, work};

exitmacro_benches::collected!(HANDLERS.iter());

#[linkme::distributed_slice]
static HANDLERS: [Handler];

#[linkme::distributed_slice(HANDLERS)]
static HANDLER: Handler = Handler { priority: 0, run: work };

fn main() {
    // SAFETY: the callback has the type that `atexit` asks for.
    unsafe { libc::atexit(run_all) };
    hello();
}
