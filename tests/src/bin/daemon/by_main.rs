//! A daemon that handles signals.

mod body;

#[exitmacro::main(signals)]
fn main() {
    body::live();
}
