//! Explains its plan, with nothing configured, and nothing declared.

fn main() {
    println!("{}", exitmacro::plan().explain());
}
