mod grace {
    #[exitmacro::main(grace = "10s")]
    fn main() {}
}

mod on_signal {
    #[exitmacro::main(on_signal = reraise)]
    fn main() {}
}

mod grace_that_cannot_be_read {
    #[exitmacro::main(grace = "0s")]
    fn main() {}
}

fn main() {}
