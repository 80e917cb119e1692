//! A program that states a timeout for all its handlers, which is the default one.

mod body;

exitmacro::config! { timeout = "10s" }

fn main() {
    body::run();
}
