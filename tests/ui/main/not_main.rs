mod another_function {
    #[exitmacro::main]
    fn start() {}
}

mod structure {
    #[exitmacro::main]
    struct Main;
}

mod constant {
    #[exitmacro::main]
    const MAIN: u8 = 0;
}

fn main() {}
