//! One handler in a slice of `linkme`, sorted and called in a function registered with libc's `atexit`.

use exitmacro_benches::{hello, work};

struct Handler {
    priority: i32,
    run: fn(),
}

#[linkme::distributed_slice]
static HANDLERS: [Handler];

#[linkme::distributed_slice(HANDLERS)]
static HANDLER: Handler = Handler { priority: 0, run: work };

extern "C" fn run_all() {
    let mut handlers: Vec<&Handler> = HANDLERS.iter().collect();
    handlers.sort_by_key(|handler| std::cmp::Reverse(handler.priority));
    for handler in handlers {
        (handler.run)();
    }
}

fn main() {
    // SAFETY: the callback has the type that `atexit` asks for.
    unsafe { libc::atexit(run_all) };
    hello();
}
