//! Handles signals, and has nothing to run. With the argument "returns" it ends by itself.

#[exitmacro::main(signals)]
fn main() {
    println!("ready");
    if std::env::args().nth(1).as_deref() == Some("returns") {
        return;
    }
    loop {
        std::thread::park();
    }
}
