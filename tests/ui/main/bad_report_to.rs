mod quoted {
    #[exitmacro::main(report_to = "tracing")]
    fn main() {}
}

mod unknown {
    #[exitmacro::main(report_to = file)]
    fn main() {}
}

mod near_miss {
    #[exitmacro::main(report_to = traceing)]
    fn main() {}
}

mod bare {
    #[exitmacro::main(report_to)]
    fn main() {}
}

fn main() {}
