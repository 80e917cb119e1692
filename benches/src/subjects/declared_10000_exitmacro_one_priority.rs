//! 10,000 handlers declared with `exitmacro` in one priority, so that their order is that of the
//! source: the most expensive case, all on one line of one file.

macro_rules! one {
    ($($digit:literal)*) => {
        #[exitmacro::at_exit]
        fn handler() {
            exitmacro_benches::work();
        }
    };
}

exitmacro_benches::times!(one [x x x x]);

fn main() {
    exitmacro_benches::leave_if_asked();
}
