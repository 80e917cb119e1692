//! Ends worker threads in three steps: raise a flag that they check between two items, wake those
//! that wait, and join each with a time limit. A worker that never checks the flag is reported by
//! name, and does not delay the exit.
//!
//! Children that are started by `Command` are new processes: they have the handlers that they
//! declare themselves, and none that was registered here.
//!
//! Below, a line that ends with `\` continues on the next one.
//!
//! Output:
//! ```text
//! parent, at exit: worker_threads::stop_workers, remove the socket
//! child, at exit: worker_threads::stop_workers
//! file 1: begun
//! file 1: finished
//! stopped: heartbeat, importer 1, importer 2
//! socket removed, status Some(3)
//! ```
//! Errors:
//! ```text
//! exitmacro: handler `worker_threads::stop_workers` (examples/src/bin/worker_threads.rs:45) \
//!     failed after 1.0s: mailer did not stop within 1s
//! ```
//! Status: 3

use exitmacro::{ExitContext, Handler, at_exit, priority, shutdown};
use std::collections::VecDeque;
use std::error::Error;
use std::process::{self, Command};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, io};

/// For all workers together. Shorter than the timeout of the handler, which can then report who is
/// late.
const BOUND: Duration = Duration::from_secs(1);

static WORKERS: Mutex<Vec<Worker>> = Mutex::new(Vec::new());
static FILES: Mutex<VecDeque<u32>> = Mutex::new(VecDeque::new());
static FILES_CHANGED: Condvar = Condvar::new();

#[at_exit(priority = priority::WORK, timeout = "5s")]
fn stop_workers() -> Result<(), String> {
    // A signal has raised the flag already, other exit paths have not.
    shutdown::request();
    // While the lock is held, no worker is between its check of the flag and its wait.
    drop(FILES.lock().unwrap());
    FILES_CHANGED.notify_all();

    let deadline = Instant::now() + BOUND;
    let (stopped, failed): (Vec<_>, Vec<_>) = WORKERS
        .lock()
        .unwrap()
        .drain(..)
        .map(|worker| worker.join_until(deadline))
        .partition(Result::is_ok);
    let stopped: Vec<_> = stopped.into_iter().flatten().collect();
    if !stopped.is_empty() {
        println!("stopped: {}", stopped.join(", "));
    }
    let failed: Vec<_> = failed.into_iter().filter_map(Result::err).collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join(", ")) }
}

/// A thread that can be joined with a time limit.
struct Worker {
    name: &'static str,
    thread: JoinHandle<()>,
    /// Nothing is ever sent. The other end is dropped when the thread has finished or panicked.
    end: Receiver<()>,
}

impl Worker {
    fn start(name: &'static str, work: fn()) -> io::Result<()> {
        let (sender, end) = mpsc::channel();
        let run = move || {
            let _sender = sender;
            work();
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        WORKERS.lock().unwrap().push(Self { name, thread, end });
        Ok(())
    }

    /// The name of the worker, or why it did not stop.
    fn join_until(self, deadline: Instant) -> Result<&'static str, String> {
        let name = self.name;
        match self.end.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Disconnected) => {
                self.thread.join().map(|()| name).map_err(|_| format!("{name} panicked"))
            }
            Ok(()) | Err(RecvTimeoutError::Timeout) => {
                Err(format!("{name} did not stop within {BOUND:?}"))
            }
        }
    }
}

/// Waits for an answer that never arrives, and does not check the flag.
fn send_mail() {
    loop {
        thread::park();
    }
}

/// Works now and then. Meanwhile it waits for the flag.
fn send_heartbeats() {
    while !shutdown::wait_timeout(Duration::from_secs(60)) {}
}

/// Waits for files, and finishes a file that it has begun.
fn import_files() {
    while let Some(file) = next_file() {
        println!("file {file}: begun");
        // A large file: it takes until the program is to end.
        shutdown::wait();
        println!("file {file}: finished");
    }
}

/// `None` when the program is to end, even if there is more to do.
fn next_file() -> Option<u32> {
    let mut files = wait_while(|files| files.is_empty() && !shutdown::is_requested());
    if shutdown::is_requested() {
        return None;
    }
    // `main` waits for this.
    FILES_CHANGED.notify_all();
    files.pop_front()
}

fn wait_while(condition: fn(&mut VecDeque<u32>) -> bool) -> MutexGuard<'static, VecDeque<u32>> {
    FILES_CHANGED.wait_while(FILES.lock().unwrap(), condition).unwrap()
}

#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn Error>> {
    let argument = env::args().nth(1).unwrap_or_default();
    if argument == "child" {
        print_plan("child");
        return Ok(());
    }
    Handler::new("remove the socket")
        .priority(priority::FILES)
        .register(|exit: &ExitContext| println!("socket removed, status {:?}", exit.code()))?;
    Worker::start("mailer", send_mail)?;
    Worker::start("heartbeat", send_heartbeats)?;
    Worker::start("importer 1", import_files)?;
    Worker::start("importer 2", import_files)?;

    print_plan("parent");
    Command::new(env::current_exe()?).arg("child").status()?;

    // One importer takes the file, the other one still waits at the end.
    FILES.lock().unwrap().push_back(1);
    FILES_CHANGED.notify_all();
    drop(wait_while(|files| !files.is_empty()));
    end(&argument)
}

fn print_plan(process: &str) {
    let names: Vec<_> =
        exitmacro::plan().handlers().iter().map(|handler| handler.name().to_owned()).collect();
    println!("{process}, at exit: {}", names.join(", "));
}

fn end(argument: &str) -> ! {
    if argument == "signal" {
        // SAFETY: has no preconditions.
        unsafe { libc::raise(libc::SIGTERM) };
        loop {
            thread::park();
        }
    }
    process::exit(3)
}
