mod near_miss {
    #[exitmacro::main(signals, on_signal = exitcode)]
    fn main() {}
}

mod in_quotes {
    #[exitmacro::main(signals, on_signal = "reraise")]
    fn main() {}
}

mod missing {
    #[exitmacro::main(signals, on_signal)]
    fn main() {}
}

fn main() {}
