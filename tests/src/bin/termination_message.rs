//! Has handlers that fail as the first argument names, in a program that leaves a termination
//! message, and ends as the second names.

use exitmacro::{Handler, register};
use std::thread;
use std::time::Duration;

#[exitmacro::main(signals, termination_message = "termination-log")]
fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let registered = match arguments[1].as_str() {
        "none" => register(|| ()),
        "one" => Handler::new("flush").register(|| Err::<(), _>("the disk is full")),
        "control characters" => {
            Handler::new("flush\n").register(|| Err::<(), _>("disk\nfull \x1b[31m\r\t\u{9b}"))
        }
        "two of three" => register(|| Err::<(), _>("first"))
            .and_then(|_| register(|| ()))
            .and_then(|_| register(|| -> () { panic!("second") })),
        "many" => {
            let one_more =
                || Handler::new("失敗").register(|| Err::<(), _>("ディスクがいっぱいです"));
            (1..100).map(|_| one_more()).for_each(drop);
            one_more()
        }
        // One more character of three bytes than fits, behind as many characters of one byte as the
        // third argument has.
        "long" => {
            let text = arguments[3].clone() + &"字".repeat(4096 / 3 + 1);
            register(move || Err::<(), _>(text))
        }
        "stuck" => Handler::new("stuck").timeout(Duration::from_secs(60)).register(|| -> () {
            loop {
                thread::park();
            }
        }),
        #[cfg(unix)]
        "one, in a child" if fork() => register(|| Err::<(), _>("in the child")),
        #[cfg(unix)]
        "one, in a child" => register(|| ()),
        other => panic!("unknown handlers: {other}"),
    };
    registered.expect("the run has not begun");
    match arguments[2].as_str() {
        "return" => {}
        "std exit" => std::process::exit(5),
        "exitmacro exit" => exitmacro::exit(5),
        #[cfg(unix)]
        "signal" => {
            // SAFETY: no preconditions.
            unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
            loop {
                thread::park();
            }
        }
        other => panic!("unknown exit path: {other}"),
    }
}

/// Whether this is the child. The parent returns when the child has ended.
#[cfg(unix)]
fn fork() -> bool {
    // SAFETY: no thread of this process has a lock.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "the fork fails");
    if child > 0 {
        // SAFETY: the status is not asked for.
        unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    }
    child == 0
}
