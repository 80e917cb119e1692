//! 1,000 handlers declared with `inventory` in random priorities; sorted and called in a function
//! registered with libc's `atexit`.

exitmacro_benches::collected!(inventory::iter::<Handler>.into_iter());

inventory::collect!(Handler);

macro_rules! one {
    ($($digit:literal)*) => {
        inventory::submit! {
            crate::Handler {
                priority: exitmacro_benches::priority(exitmacro_benches::number([$($digit),*])),
                run: handler,
            }
        }

        fn handler() {
            exitmacro_benches::work();
        }
    };
}

exitmacro_benches::times!(one [x x x]);

fn main() {
    // SAFETY: the callback has the type that `atexit` asks for.
    unsafe { libc::atexit(run_all) };
    exitmacro_benches::leave_if_asked();
}
