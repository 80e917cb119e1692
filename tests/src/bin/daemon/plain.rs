//! A daemon without a configuration.

mod body;

fn main() {
    body::live();
}
