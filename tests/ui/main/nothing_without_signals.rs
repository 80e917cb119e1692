mod grace {
    #[exitmacro::main(grace = "10s")]
    fn main() {}
}

mod on_signal {
    #[exitmacro::main(on_signal = reraise)]
    fn main() {}
}

fn main() {}
