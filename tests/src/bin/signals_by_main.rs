//! Handles the default signals, configured at `main`. With the argument "returns" it ends by
//! itself.

use exitmacro::{ExitContext, at_exit};

#[at_exit]
fn say_why(exit: &ExitContext) {
    println!("{}, {:?}", exit.reason(), exit.code());
}

/// Replaces stdout by a full pipe.
fn fill_stdout() {
    let mut ends = [0; 2];
    // SAFETY: the array has room for two descriptors, and both are open afterwards.
    unsafe {
        assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
        assert_eq!(libc::dup2(ends[1], 1), 1);
        let flags = libc::fcntl(1, libc::F_GETFL);
        libc::fcntl(1, libc::F_SETFL, flags | libc::O_NONBLOCK);
        while libc::write(1, [0_u8; 512].as_ptr().cast(), 512) > 0 {}
        while libc::write(1, [0_u8; 1].as_ptr().cast(), 1) > 0 {}
        libc::fcntl(1, libc::F_SETFL, flags);
    }
}

#[exitmacro::main(signals)]
fn main() {
    println!("ready");
    match std::env::args().nth(1).as_deref() {
        Some("returns") => return,
        Some("stdout is full after a run") => {
            exitmacro::run();
            fill_stdout();
            print!("never read");
            // SAFETY: no preconditions.
            unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
        }
        _ => {}
    }
    loop {
        std::thread::park();
    }
}
