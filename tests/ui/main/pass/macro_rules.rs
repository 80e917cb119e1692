macro_rules! program {
    ($budget:literal, $code:literal, $path:path, $body:block) => {
        #[exitmacro::main(budget = $budget, on_failure = code($code), crate = $path)]
        fn main() $body
    };
}

program!("5s", 3, ::exitmacro, { assert!(!exitmacro::shutdown::is_requested()) });
