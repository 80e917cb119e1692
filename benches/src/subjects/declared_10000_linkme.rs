//! 10,000 handlers in a slice of `linkme` in random priorities; sorted and called in a function registered with libc's `atexit`.

struct Handler {
    priority: i32,
    run: fn(),
}

#[linkme::distributed_slice]
static HANDLERS: [Handler];

macro_rules! one {
    ($($digit:literal)*) => {
        #[linkme::distributed_slice(crate::HANDLERS)]
        static HANDLER: crate::Handler =
            crate::Handler { priority: exitmacro_benches::priority(exitmacro_benches::number([$($digit),*])), run: handler };

        fn handler() {
            exitmacro_benches::work();
        }
    };
}

exitmacro_benches::times!(one [x x x x]);

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
    exitmacro_benches::leave_if_asked();
}
