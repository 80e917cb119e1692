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

mod no_grace {
    #[exitmacro::main(signals, grace = "0s")]
    fn main() {}
}

fn main() {}
