//! 1,000 functions, registered with libc's `atexit` by `main`.

macro_rules! one {
    ($($digit:literal)*) => {
        extern "C" fn handler() {
            exitmacro_benches::work();
        }

        #[inline(always)]
        pub(crate) fn all() {
            // SAFETY: the callback has the type that `atexit` asks for.
            unsafe { libc::atexit(handler) };
        }
    };
}

exitmacro_benches::times_called!(one [x x x]);

fn main() {
    all();
    exitmacro_benches::leave_if_asked();
}
