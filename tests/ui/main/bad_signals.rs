mod without_brackets {
    #[exitmacro::main(signals = TERM)]
    fn main() {}
}

mod several_without_brackets {
    #[exitmacro::main(signals = INT, TERM, budget = "5s")]
    fn main() {}
}

mod as_flags {
    #[exitmacro::main(signals = INT | TERM)]
    fn main() {}
}

mod in_quotes {
    #[exitmacro::main(signals = ["TERM"])]
    fn main() {}
}

mod prefix_and_lower_case {
    #[exitmacro::main(signals = [SIGTERM, int])]
    fn main() {}
}

mod never_caught {
    #[exitmacro::main(signals = [KILL, STOP])]
    fn main() {}
}

mod faults {
    #[exitmacro::main(signals = [SEGV, ABRT])]
    fn main() {}
}

mod no_ends {
    #[exitmacro::main(signals = [PIPE, CHLD])]
    fn main() {}
}

mod unheard_of {
    #[exitmacro::main(signals = [TREM, FOO])]
    fn main() {}
}

mod repeated {
    #[exitmacro::main(signals = [INT, TERM, INT])]
    fn main() {}
}

mod empty {
    #[exitmacro::main(signals = [])]
    fn main() {}
}

mod called {
    #[exitmacro::main(signals(INT))]
    fn main() {}
}

mod quoted_list {
    #[exitmacro::main(signals = "INT")]
    fn main() {}
}

mod without_comma {
    #[exitmacro::main(signals = [INT TERM])]
    fn main() {}
}

mod near_miss {
    #[exitmacro::main(signals = [TERN])]
    fn main() {}
}

mod missing {
    #[exitmacro::main(signals =)]
    fn main() {}
}

fn main() {}
