//! Queues jobs in pools of rayon, and ends as the first argument names.

use exitmacro::rayon::JoinedPool;
use exitmacro::{AtExitCell, at_exit, priority};
use rayon_core::ThreadPoolBuilder;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

static JOBS: AtomicU32 = AtomicU32::new(0);

static POOL: AtExitCell<JoinedPool> = AtExitCell::new(pool).priority(priority::WORK);

#[at_exit(priority = priority::WORK)]
static OTHER: Mutex<Option<JoinedPool>> = Mutex::new(None);

/// Runs after the pools are ended.
#[at_exit]
fn count() {
    println!("{} jobs", JOBS.load(Ordering::Relaxed));
}

fn pool() -> JoinedPool {
    ThreadPoolBuilder::new().num_threads(2).build().expect("threads start").into()
}

/// More jobs than there are workers, each of which queues another one.
fn queue(pool: &JoinedPool) {
    for _ in 0..100 {
        pool.spawn(|| {
            thread::sleep(Duration::from_micros(500));
            JOBS.fetch_add(1, Ordering::Relaxed);
            rayon_core::spawn(|| _ = JOBS.fetch_add(1, Ordering::Relaxed));
        });
    }
}

fn main() {
    let case = std::env::args().nth(1).expect("a case");
    match case.as_str() {
        "return" => queue(&POOL.get().expect("the process does not end")),
        "exit" => {
            queue(&POOL.get().expect("the process does not end"));
            std::process::exit(3);
        }
        "in a mutex" => queue(OTHER.lock().expect("only this thread has it").insert(pool())),
        "exit on a worker" => {
            POOL.get().expect("the process does not end").spawn(|| exitmacro::exit(4));
            wait();
        }
        "std exit on a worker" => {
            POOL.get().expect("the process does not end").spawn(|| std::process::exit(5));
            wait();
        }
        "a job that hangs" => {
            POOL.get().expect("the process does not end").spawn(wait);
            std::process::exit(6);
        }
        other => panic!("unknown: {other}"),
    }
}

fn wait() {
    loop {
        thread::park();
    }
}
