struct Program;

impl Program {
    #[exitmacro::main]
    fn main(&self) {}
}

fn main() {}
