//! 1,000 functions, called by `main` one after the other.

macro_rules! one {
    ($($digit:literal)*) => {
        #[inline(never)]
        pub(crate) fn all() {
            exitmacro_benches::work();
        }
    };
}

exitmacro_benches::times_called!(one [x x x]);

fn main() {
    exitmacro_benches::leave_if_asked();
    all();
}
