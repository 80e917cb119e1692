mod number {
    #[exitmacro::main(on_failure = 3)]
    fn main() {}
}

mod number_that_is_no_status {
    #[exitmacro::main(on_failure = 300)]
    fn main() {}
}

mod zero {
    #[exitmacro::main(on_failure = code(0))]
    fn main() {}
}

mod too_large {
    #[exitmacro::main(on_failure = code(256))]
    fn main() {}
}

mod without_a_number {
    #[exitmacro::main(on_failure = code)]
    fn main() {}
}

mod constant {
    #[exitmacro::main(on_failure = code(FAILED))]
    fn main() {}
}

mod near_miss {
    #[exitmacro::main(on_failure = kept)]
    fn main() {}
}

mod in_quotes {
    #[exitmacro::main(on_failure = "keep")]
    fn main() {}
}

mod with_a_suffix {
    #[exitmacro::main(on_failure = code(3u8))]
    fn main() {}
}

mod negative {
    #[exitmacro::main(on_failure = code(-1))]
    fn main() {}
}

fn main() {}
