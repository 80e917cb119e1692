//! One function at exit, isolated and bounded by the means of std alone: on a thread with a name,
//! its panic caught, abandoned after a time, with a line on stderr for each failure. What every
//! implementation of these promises contains, without order, registration, reports or forks.

use std::panic::catch_unwind;
use std::sync::{Condvar, Mutex};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(10);

static DONE: Mutex<Option<thread::Result<()>>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();

fn handler() {
    exitmacro_benches::work();
}

fn execute() {
    let result = catch_unwind(handler);
    if let Ok(mut done) = DONE.lock() {
        *done = Some(result);
    }
    CHANGED.notify_all();
}

extern "C" fn at_exit() {
    let began = Instant::now();
    if let Err(error) = Builder::new().name("handlers".to_owned()).spawn(execute) {
        eprintln!("handler: no thread could be started: {error}");
        return;
    }
    let Ok(done) = DONE.lock() else { return };
    let outcome = match CHANGED.wait_timeout_while(done, TIMEOUT, |done| done.is_none()) {
        Ok((mut done, _)) => done.take(),
        Err(_) => None,
    };
    match outcome {
        Some(Ok(())) => {}
        Some(Err(_)) => eprintln!("handler panicked after {:?}", began.elapsed()),
        None => eprintln!("handler timed out after {:?}", began.elapsed()),
    }
}

fn main() {
    // SAFETY: the callback has the type that `atexit` asks for.
    unsafe { libc::atexit(at_exit) };
    exitmacro_benches::hello();
}
