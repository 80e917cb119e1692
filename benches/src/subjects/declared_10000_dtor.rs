//! 10,000 handlers declared with `dtor`, which has no priorities.

macro_rules! one {
    ($($digit:literal)*) => {
        #[dtor::dtor(unsafe)]
        fn handler() {
            exitmacro_benches::work();
        }
    };
}

exitmacro_benches::times!(one [x x x x]);

fn main() {
    exitmacro_benches::leave_if_asked();
}
