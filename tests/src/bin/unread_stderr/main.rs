//! One handler that hangs, and is reported on a stderr that is not read. The first argument names
//! what happens meanwhile, the second which system calls exist.

#[cfg(target_os = "linux")]
mod older_kernel;

use exitmacro::Handler;
use std::io::{Read, stdin};
use std::process::exit;
use std::thread;
use std::time::Duration;

fn main() {
    let [_, meanwhile, system] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let timeout = Duration::from_millis(if meanwhile == "others write too" { 10 } else { 100 });
    // Long enough to fill most of a page.
    let name: &'static str =
        if meanwhile == "others write too" { "x".repeat(3_000).leak() } else { "hangs" };
    let hang = || -> () {
        loop {
            thread::park();
        }
    };
    Handler::new(name).timeout(timeout).register(hang).expect("the run has not begun");
    match meanwhile.as_str() {
        "nothing" => {}
        "a timer that restarts calls" => tick(libc::SA_RESTART, 10_000),
        "a storm of signals" => tick(0, 500),
        // All processes begin when the test closes the pipe that is their stdin.
        "others write too" => _ = stdin().read_to_end(&mut Vec::new()),
        other => panic!("unknown: {other}"),
    }
    match system.as_str() {
        "all calls" => {}
        #[cfg(target_os = "linux")]
        _ => older_kernel::imitate(&system),
        #[cfg(not(target_os = "linux"))]
        other => panic!("unknown: {other}"),
    }
    exit(3);
}

extern "C" fn nothing(_: libc::c_int) {}

/// Lets a signal interrupt this process at this interval in microseconds.
fn tick(flags: libc::c_int, microseconds: u16) {
    let interval = libc::timeval { tv_sec: 0, tv_usec: microseconds.into() };
    let timer = libc::itimerval { it_interval: interval, it_value: interval };
    // SAFETY: all zeroes is a valid action; the handler does nothing.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = nothing as extern "C" fn(libc::c_int) as usize;
        action.sa_flags = flags;
        assert_eq!(libc::sigaction(libc::SIGALRM, &raw const action, std::ptr::null_mut()), 0);
        assert_eq!(libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()), 0);
    }
}
