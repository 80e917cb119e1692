//! A forked child that adopts has the handles of threads that only its parent has, or starts
//! threads of its own, as the argument names. It waits for the threads of its own.

mod forked;

use exitmacro::{AtExitCleanup, CleanupError, CleanupOptions, Tracked, at_exit, priority, track};
use forked::{fork, wait_for};
use std::sync::Mutex;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

#[at_exit]
static WORKERS: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// Is closed before the threads in the static.
struct Early;

impl AtExitCleanup for Early {
    fn cleanup(&self) -> Result<(), CleanupError> {
        Ok(())
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::WORK)
    }
}

/// A thread that still works when the handlers run.
fn worker() -> JoinHandle<()> {
    thread::spawn(|| {
        thread::sleep(Duration::from_millis(300));
        println!("worked");
    })
}

/// A thread that ends when the sender drops.
fn waiting_thread() -> (JoinHandle<()>, Sender<()>) {
    let (end, is_end) = mpsc::channel();
    (thread::spawn(move || _ = is_end.recv()), end)
}

/// Forks. The child adopts, acts, and ends by status 5 if it has not ended by then.
fn in_child(act: impl FnOnce()) -> ! {
    if let Some(child) = fork() {
        println!("the child ended with {}", wait_for(child));
        // SAFETY: no preconditions.
        unsafe { libc::_exit(3) }
    }
    exitmacro::adopt().expect("the parent has not ended");
    act();
    exitmacro::exit(5)
}

fn main() {
    let case = std::env::args().nth(1).unwrap_or_default();
    match case.as_str() {
        "own beside an earlier value" => {
            std::mem::forget(track(Early));
            in_child(|| WORKERS.lock().unwrap().push(worker()));
        }
        "own in an earlier value" => {
            let workers = track(Mutex::new(Vec::new()));
            in_child(|| {
                workers.lock().unwrap().push(worker());
                std::mem::forget(workers);
            });
        }
        "of the parent in the static" => {
            let (thread, _end) = waiting_thread();
            WORKERS.lock().unwrap().push(thread);
            in_child(|| ());
        }
        "of the parent and own" => {
            let (thread, _end) = waiting_thread();
            WORKERS.lock().unwrap().push(thread);
            in_child(|| WORKERS.lock().unwrap().push(worker()));
        }
        "of the parent, dropped" => with_a_thread_of_the_parent(Mutex::new, drop),
        "of the parent, closed" => with_a_thread_of_the_parent(Mutex::new, |thread| {
            println!("{}", Tracked::close(thread).expect_err("it is the parent's"));
        }),
        "of the parent, bare, dropped" => with_a_thread_of_the_parent(|thread| thread, drop),
        "of the parent, bare, at exit" => {
            with_a_thread_of_the_parent(|thread| thread, std::mem::forget);
        }
        #[cfg(unix)]
        "reader of a child" => with_a_reader_of_the_parent(),
        "of the parent, watched" => {
            let (thread, _end) = waiting_thread();
            let watched = exitmacro::watch(thread);
            in_child(|| join_workers_after(|| drop(watched)));
        }
        other => panic!("unknown case: {other:?}"),
    }
}

/// The child has a thread of its own as well, which has the number of the parent's in some libcs.
fn with_a_thread_of_the_parent<T: AtExitCleanup + 'static>(
    wrap: impl FnOnce(JoinHandle<()>) -> T,
    end: impl FnOnce(Tracked<T>),
) {
    let (thread, _end) = waiting_thread();
    let tracked = track(wrap(thread));
    in_child(|| {
        let is_bare = std::any::TypeId::of::<T>() == std::any::TypeId::of::<JoinHandle<()>>();
        let other = is_bare.then(waiting_thread);
        end(tracked);
        std::mem::forget(other);
    });
}

/// The parent has a thread that reads what a child process prints.
#[cfg(unix)]
fn with_a_reader_of_the_parent() {
    use std::process::{Command, Stdio};

    let mut command = Command::new("sh");
    let command = command.args(["-c", "echo ready; exec sleep 1000"]).stdout(Stdio::piped());
    let server = exitmacro::resource::child(command).expect("it starts");
    let (ready, is_ready) = mpsc::channel();
    server.on_stdout_line(move |_| ready.send(()).expect("it is waited for")).expect("a pipe");
    is_ready.recv().expect("it prints a line");
    in_child(|| join_workers_after(|| println!("{:?}", Tracked::close(server))));
}

/// Starts threads, which have the numbers of the parent's in glibc, and joins them after `act`.
fn join_workers_after(act: impl FnOnce()) {
    let workers = [(); 3].map(|()| worker());
    act();
    for worker in workers {
        worker.join().expect("it does not panic");
    }
}
