use exitmacro::{ExitContext, at_exit};

#[at_exit]
fn plain() {}

#[at_exit()]
pub fn fallible() -> Result<(), std::io::Error> {
    Ok(())
}

#[at_exit]
pub(crate) fn with_context(_exit: &ExitContext) {}

#[at_exit]
fn with_both(_: &'_ exitmacro::ExitContext) -> Result<(), String> {
    Ok(())
}

#[at_exit]
const fn constant() {}

#[at_exit]
fn with_tokens() {
    println!("{}", stringify!(Self));
}

// Each is still the user's function.

fn main() {
    plain();
}
