//! Dies of the signal that asked it to end, on a thread that blocks this signal.

use exitmacro::signals::{OnSignal, Signals};
use exitmacro::{Signal, at_exit, shutdown};
use std::time::Duration;

#[at_exit]
fn handler(exit: &exitmacro::ExitContext) {
    println!("{}", exit.reason());
}

fn block(signal: i32) {
    // SAFETY: all zeroes is a valid set for the calls that fill it; the mask is the calling
    // thread's.
    unsafe {
        let mut only: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut only);
        libc::sigaddset(&raw mut only, signal);
        assert_eq!(
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const only, std::ptr::null_mut()),
            0
        );
    }
}

#[exitmacro::main]
fn main() {
    let signals =
        Signals::new([Signal::TERM]).on_signal(OnSignal::Reraise).grace(Duration::from_secs(20));
    signals.install().expect("installed once");
    block(libc::SIGTERM);
    println!("ready");
    shutdown::wait();
    println!("returns");
}
