//! 10,000 handlers declared with `exitmacro` in random priorities.

macro_rules! one {
    ($($digit:literal)*) => {
        #[exitmacro::at_exit(
            priority = exitmacro_benches::priority(exitmacro_benches::number([$($digit),*]))
        )]
        fn handler() {
            exitmacro_benches::work();
        }
    };
}

exitmacro_benches::times!(one [x x x x]);

fn main() {
    exitmacro_benches::leave_if_asked();
}
