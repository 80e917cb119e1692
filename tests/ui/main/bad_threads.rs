mod zero {
    #[exitmacro::main(threads = 0)]
    fn main() {}
}

mod too_many {
    #[exitmacro::main(threads = 257)]
    fn main() {}
}

mod in_quotes {
    #[exitmacro::main(threads = "8")]
    fn main() {}
}

mod with_a_suffix {
    #[exitmacro::main(threads = 8usize)]
    fn main() {}
}

mod constant {
    #[exitmacro::main(threads = THREADS)]
    fn main() {}
}

mod without_a_number {
    #[exitmacro::main(threads)]
    fn main() {}
}

fn main() {}
