mod parameters {
    #[exitmacro::main]
    fn main(_count: usize, _arguments: *const *const u8) {}
}

mod generic {
    #[exitmacro::main]
    fn main<T>() {}
}

mod clause {
    #[exitmacro::main]
    fn main()
    where
        String: Sized,
    {
    }
}

mod qualifiers {
    #[exitmacro::main]
    const unsafe extern "C" fn main() {}
}

mod no_body {
    #[exitmacro::main]
    fn main();
}

fn main() {}
