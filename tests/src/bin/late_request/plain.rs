//! A request that comes when `main` has returned, see `body.rs`.

mod body;

fn main() {
    body::run();
}
