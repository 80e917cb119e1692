//! A daemon that says nothing about its end.

mod body;

fn main() {
    body::live();
}
