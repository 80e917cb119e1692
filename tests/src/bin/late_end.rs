//! A handler never returns, and keeps a lock for which a function waits that libc calls at the end.
//! The argument says whether it does, and how the process ends. The budget is a second.

use exitmacro::{Handler, Outcome};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

exitmacro::config! { budget = "1s" }

static LOCK: Mutex<()> = Mutex::new(());

/// Longer than the budget, and what a process with an abandoned handler has after it.
const LONG: Duration = Duration::from_secs(12);

/// Called by libc after the functions of `atexit`.
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_THE_END: extern "C" fn() = {
    extern "C" fn takes_the_lock() {
        if let Ok(_lock) = LOCK.lock() {
            if TAKES_LONG.load(Relaxed) {
                thread::sleep(LONG);
            }
            println!("libc has ended");
        }
    }
    takes_the_lock
};

static TAKES_LONG: AtomicBool = AtomicBool::new(false);

fn main() {
    let act = std::env::args().nth(1).expect("an argument");
    let is_by_hand = act == "by hand";
    let handler = Handler::new("keeps the lock").timeout(Duration::from_millis(100));
    let registered = match act.as_str() {
        "in time" => handler.register(|| println!("handler")),
        _ => handler.register(move || -> () {
            let _lock = (!is_by_hand).then(|| LOCK.lock());
            println!("handler");
            loop {
                thread::park();
            }
        }),
    };
    registered.expect("the run has not begun");
    match act.as_str() {
        "std exit" => std::process::exit(3),
        "in time" => TAKES_LONG.store(true, Relaxed),
        "by hand" => {
            let report = exitmacro::run();
            assert_eq!(report.handlers()[0].outcome(), &Outcome::TimedOut);
            thread::sleep(LONG);
            println!("main goes on");
        }
        _ => {}
    }
    exitmacro::exit(3);
}
