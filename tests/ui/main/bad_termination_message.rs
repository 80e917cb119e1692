mod unquoted {
    #[exitmacro::main(termination_message = /dev/log)]
    fn main() {}
}

mod empty {
    #[exitmacro::main(termination_message = "")]
    fn main() {}
}

fn main() {}
