//! Takes some time inside libc's `exit`, before our hook is called. With an argument, there is a
//! handler.

use std::sync::Once;
use std::thread;
use std::time::Duration;

const FUNCTIONS: u32 = 2_000;

extern "C" fn called_by_exit() {
    static FIRST: Once = Once::new();
    FIRST.call_once(|| println!("exiting"));
    thread::sleep(Duration::from_micros(10));
}

fn main() {
    exitmacro::signals::install([exitmacro::Signal::TERM]).expect("no signals are handled yet");
    for _ in 0..FUNCTIONS {
        // SAFETY: the function may be called at any time.
        assert_eq!(unsafe { libc::atexit(called_by_exit) }, 0);
    }
    if std::env::args().len() > 1 {
        exitmacro::register(|| ()).expect("the run has not begun");
    }
}
