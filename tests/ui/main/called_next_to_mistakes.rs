use std::process::ExitCode;

mod arguments {
    #[exitmacro::main(signal)]
    pub(super) fn main() -> super::ExitCode {
        3.into()
    }
}

mod signature {
    #[exitmacro::main]
    pub(super) const fn main() -> super::ExitCode {
        super::ExitCode::SUCCESS
    }
}

fn main() -> ExitCode {
    _ = arguments::main();
    signature::main()
}
