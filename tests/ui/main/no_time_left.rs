mod of_the_budget {
    #[exitmacro::main(signals, grace = "20s", budget = "20s")]
    fn main() {}
}

mod of_the_default {
    #[exitmacro::main(signals, grace = "30s")]
    fn main() {}
}

fn main() {}
