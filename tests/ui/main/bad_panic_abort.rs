mod truth {
    #[exitmacro::main(panic_abort = true)]
    fn main() {}
}

mod near_miss {
    #[exitmacro::main(panic_abort = of)]
    fn main() {}
}

fn main() {}
