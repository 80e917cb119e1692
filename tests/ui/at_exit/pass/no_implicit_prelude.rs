#![no_implicit_prelude]

#[::exitmacro::at_exit(priority = 1, timeout = "5s", thread = caller)]
fn plain() {}

#[::exitmacro::at_exit]
fn with_both(
    _exit: &::exitmacro::ExitContext,
) -> ::core::result::Result<(), ::std::string::String> {
    ::core::result::Result::Ok(())
}

fn main() {}
