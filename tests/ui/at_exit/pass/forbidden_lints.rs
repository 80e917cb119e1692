//! Everything that can be forbidden is forbidden.

#![forbid(warnings, unsafe_code, missing_docs, unused, unused_qualifications)]
#![forbid(unreachable_pub, nonstandard_style)]

use exitmacro::{ExitContext, at_exit};

#[at_exit(priority = 1, timeout = "5s", thread = caller)]
fn plain() {}

/// A handler.
///
/// # Errors
///
/// None.
#[at_exit(name = "close")]
pub(crate) fn with_both(_exit: &ExitContext) -> Result<(), String> {
    Ok(())
}

fn main() {
    #[at_exit(after(plain, with_both), concurrent, when = success)]
    fn inner(_exit: &ExitContext) {}
}
