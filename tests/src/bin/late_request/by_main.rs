//! A request that comes when `main` has returned, see `body.rs`.

mod body;

#[exitmacro::main(signals, grace = "15s")]
fn main() {
    body::run();
}
