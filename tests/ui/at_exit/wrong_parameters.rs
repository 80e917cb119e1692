use exitmacro::{ExitContext, at_exit};

#[at_exit]
fn by_value(_exit: ExitContext) {}

#[at_exit]
fn mutable(_exit: &mut ExitContext) {}

#[at_exit]
fn anything(_exit: impl Copy) {}

#[at_exit]
fn too_many(_exit: &ExitContext, _code: i32) {}

fn main() {}
