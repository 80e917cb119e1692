mod truth {
    #[exitmacro::main(status = false)]
    fn main() {}
}

mod near_miss {
    #[exitmacro::main(status = of)]
    fn main() {}
}

mod in_quotes {
    #[exitmacro::main(status = "off")]
    fn main() {}
}

fn main() {}
