mod value {
    #[exitmacro::main(budget = "5s", budget = "6s")]
    fn main() {}
}

mod flag {
    #[exitmacro::main(signals, signals = [INT])]
    fn main() {}
}

fn main() {}
