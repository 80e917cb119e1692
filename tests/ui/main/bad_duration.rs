mod unquoted {
    #[exitmacro::main(signals, grace = 10)]
    fn main() {}
}

mod zero {
    #[exitmacro::main(budget = "0s")]
    fn main() {}
}

mod without_a_unit {
    #[exitmacro::main(timeout = "5")]
    fn main() {}
}

mod missing {
    #[exitmacro::main(budget =)]
    fn main() {}
}

fn main() {}
