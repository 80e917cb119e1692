//! A thread holds, makes, closes or runs something, or is to be joined, and ends the process
//! meanwhile. The first argument names what, the second how it ends the process. With a third
//! argument, `main` has begun to end the process before, as that argument names. After
//! `std::process::exit` in `main`, std stops the other threads that call it.

#[path = "../other_threads.rs"]
mod other_threads;

use exitmacro::{
    AtExitCell, AtExitCleanup, CellGuard, CleanupError, Handler, at_exit, guard, guard_value,
    priority, track,
};
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

static BEGIN: OnceLock<Instant> = OnceLock::new();
static CELL: AtExitCell<Value> =
    AtExitCell::new(|| Value).priority(priority::RESOURCES).name("the cell");
static MADE_BY_THE_END: AtExitCell<u32> = AtExitCell::new(|| {
    end();
    7
});

struct Value;

impl Drop for Value {
    fn drop(&mut self) {
        println!("dropped");
    }
}

/// Ends the process while this value is closed.
struct Ends;

impl AtExitCleanup for Ends {
    fn cleanup(&self) -> Result<(), CleanupError> {
        println!("closing");
        end();
        Ok(())
    }
}

#[at_exit(priority = priority::RESOURCES - 1)]
fn uses_the_cell() {
    if what() == "makes" {
        println!(
            "{}",
            MADE_BY_THE_END.get().map_or_else(|error| error.to_string(), |value| value.to_string())
        );
    }
}

#[at_exit(priority = priority::TELEMETRY)]
fn last() {
    // The handlers that wait in vain have ten seconds.
    println!(
        "at once: {}",
        BEGIN.get().expect("the end has begun").elapsed() < Duration::from_secs(7)
    );
}

fn argument(number: usize) -> String {
    std::env::args().nth(number).unwrap_or_default()
}

fn what() -> String {
    argument(1)
}

/// Ends the process as the second argument names.
fn end() {
    if !argument(3).is_empty() {
        begin_on_main();
    }
    BEGIN.get_or_init(Instant::now);
    end_by(&argument(2));
}

fn end_by(exit_path: &str) {
    match exit_path {
        "exitmacro exit" => exitmacro::exit(3),
        "std exit" => std::process::exit(3),
        // SAFETY: may be called from anywhere.
        "c exit" => unsafe { libc::exit(3) },
        "run" => drop(exitmacro::run()),
        other => panic!("unknown exit path: {other}"),
    }
}

static START: OnceLock<Sender<()>> = OnceLock::new();

/// Lets `main` end the process, and returns when its run has begun.
fn begin_on_main() {
    let (begun, has_begun) = mpsc::channel();
    let first = move || begun.send(()).expect("a thread waits");
    Handler::new("first")
        .priority(priority::TERMINAL)
        .register(first)
        .expect("the run has not begun");
    START.get().expect("`main` waits").send(()).expect("`main` waits");
    has_begun.recv().expect("the run begins");
}

fn main() {
    if argument(3).is_empty() {
        act();
        println!("main goes on");
        return;
    }
    let (start, is_time) = mpsc::channel();
    START.set(start).expect("nothing is there yet");
    thread::spawn(act);
    is_time.recv().expect("the thread asks for the end");
    BEGIN.get_or_init(Instant::now);
    end_by(&argument(3));
}

fn act() {
    match what().as_str() {
        "makes" => _ = MADE_BY_THE_END.get(),
        "closes" => drop(track(Ends)),
        "holds" => {
            let held: CellGuard<Value> = CELL.get().expect("it can be made");
            end();
            drop(held);
        }
        "holds many" => holds_many(),
        "abandoned holds" => an_abandoned_handler_holds(),
        "have run" => have_run(),
        "handler holds" => {
            drop(CELL.get());
            let keep = || std::mem::forget(CELL.get());
            Handler::new("keeps a guard")
                .priority(priority::WORK)
                .register(keep)
                .expect("the run has not begun");
            end();
        }
        "is joined" => {
            let (send, handle) = mpsc::channel::<thread::JoinHandle<()>>();
            let builder = thread::Builder::new().name("worker".to_owned());
            let work = move || {
                let _itself = track(handle.recv().expect("main sends it"));
                end();
            };
            let thread = builder.spawn(work).expect("it starts");
            send.send(thread).expect("the thread waits");
            loop {
                thread::park();
            }
        }
        "are joined" => {
            let (send, handles) = mpsc::channel::<Vec<thread::JoinHandle<()>>>();
            let thread = thread::spawn(move || {
                let _itself = track(Mutex::new(handles.recv().expect("main sends it")));
                end();
            });
            send.send(vec![thread]).expect("the thread waits");
            loop {
                thread::park();
            }
        }
        "joins itself" => {
            BEGIN.get_or_init(Instant::now);
            let (send, handle) = mpsc::channel::<thread::JoinHandle<()>>();
            let (done, is_done) = mpsc::channel();
            let thread = thread::spawn(move || {
                drop(track(handle.recv().expect("main sends it")));
                done.send(()).expect("main waits");
            });
            send.send(thread).expect("the thread waits");
            is_done.recv().expect("the thread goes on");
        }
        "runs" => {
            drop(guard(|| {
                println!("running");
                end();
            }));
        }
        "locks" => {
            let mut guard = guard_value(Value, |_| println!("the function has it"));
            let locked = guard.lock();
            end();
            drop(locked);
        }
        "is in the middle" => is_in_the_middle(),
        other => panic!("unknown case: {other}"),
    }
}

/// More than one cell, and a guard that was given back.
fn holds_many() {
    static OTHERS: [AtExitCell<Value>; 3] =
        [const { AtExitCell::new(|| Value).name("another cell") }; 3];
    let held = (OTHERS[0].get(), CELL.get(), CELL.get(), OTHERS[2].get());
    drop(OTHERS[1].get());
    drop(held.0);
    drop(held.1);
    end();
    drop((held.2, held.3));
}

/// An abandoned handler has a guard, and ends the process while the others run.
fn an_abandoned_handler_holds() {
    let (wake, woken) = mpsc::channel::<()>();
    let keeps = move || {
        let held = CELL.get();
        _ = woken.recv();
        end();
        drop(held);
    };
    Handler::new("keeps a guard")
        .priority(priority::WORK + 1)
        .timeout(Duration::from_millis(100))
        .register(keeps)
        .expect("the run has not begun");
    let wakes = move || {
        drop(wake);
        // The thread reaches the point where it is stopped.
        other_threads::await_asleep();
    };
    Handler::new("wakes").priority(priority::WORK).register(wakes).expect("the run has not begun");
    BEGIN.get_or_init(Instant::now);
    exitmacro::exit(4);
}

/// Two threads run the handlers by hand at the same time, and continue. They can be joined.
fn have_run() {
    let (begun, has_begun) = mpsc::channel();
    let (ran, have_run) = mpsc::channel();
    let waits_for_both = move || {
        begun.send(()).expect("main waits");
        // The second thread reaches the point where it waits.
        other_threads::await_asleep();
    };
    Handler::new("waits for both").register(waits_for_both).expect("the run has not begun");
    BEGIN.get_or_init(Instant::now);
    let run = |ran: Sender<()>, then: Duration| {
        thread::spawn(move || {
            drop(exitmacro::run());
            ran.send(()).expect("main waits");
            thread::sleep(then);
            println!("a thread ends");
        })
    };
    let first = run(ran.clone(), Duration::from_millis(300));
    has_begun.recv().expect("the handlers run");
    let second = run(ran, Duration::from_secs(1));
    have_run.iter().take(2).for_each(drop);
    drop(track(first));
    drop(track(second));
}

/// Another thread executes the function of a guard when the process ends.
fn is_in_the_middle() {
    let (running, is_running) = mpsc::channel();
    let guard = guard(move || {
        println!("running");
        running.send(()).expect("main waits");
        thread::sleep(Duration::from_millis(300));
        println!("done");
    });
    thread::spawn(move || drop(guard));
    is_running.recv().expect("the function runs");
    end();
}
