//! A program that states no timeout at all.

mod body;

fn main() {
    body::run();
}
