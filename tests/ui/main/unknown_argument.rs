mod near_miss {
    #[exitmacro::main(signal)]
    fn main() {}
}

mod unheard_of {
    #[exitmacro::main(priority = 10)]
    fn main() {}
}

mod without_a_name {
    #[exitmacro::main("10s")]
    fn main() {}
}

fn main() {}
