mod unquoted {
    #[exitmacro::main(termination_message = /dev/log)]
    fn main() {}
}

mod empty {
    #[exitmacro::main(termination_message = "")]
    fn main() {}
}

mod with_nul {
    #[exitmacro::main(termination_message = "a\0b")]
    fn main() {}
}

fn main() {}
