//! Dies of the signal that asked it to end, has nothing to run, and leaves text that is not
//! flushed. With an argument it raises the signal itself, and fails when it is asked to end.

#[exitmacro::main(signals, on_signal = reraise)]
fn main() -> Result<(), &'static str> {
    print!("ready\nand more");
    if std::env::args().nth(1).is_some() {
        // SAFETY: no preconditions.
        unsafe { libc::raise(libc::SIGTERM) };
        exitmacro::shutdown::wait();
        return Err("no luck");
    }
    loop {
        std::thread::park();
    }
}
