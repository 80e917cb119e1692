//! Dies of the signal that asked it to end, has nothing to run, and leaves text that is not
//! flushed.

#[exitmacro::main(signals, on_signal = reraise)]
fn main() {
    print!("ready\nand more");
    loop {
        std::thread::park();
    }
}
