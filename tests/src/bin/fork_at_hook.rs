//! A thread forks while the thread that ends the process waits in the hook, for a lock that the
//! forking thread has. The child ends by this crate.

mod forked;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[path = "../one_exit.rs"]
mod one_exit;

use exitmacro::register;
use forked::{fork, wait_for};
use std::fs;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

static MAY_FORK: AtomicBool = AtomicBool::new(false);
static IS_FORKING: AtomicBool = AtomicBool::new(false);

fn main() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    one_exit::begin();
    // Before the first registration, with which the crate's fork handler comes: libc calls the
    // latest handler first, so the crate has its locks when this one is called.
    // SAFETY: the function has the right type, and is called in the parent only.
    assert_eq!(unsafe { libc::pthread_atfork(Some(before_fork), None, None) }, 0);
    let forks = thread::spawn(|| {
        wait_until(&MAY_FORK);
        let Some(child) = fork() else { exitmacro::exit(7) };
        println!("the child ended with {}", wait_for(child));
    });
    register(move || forks.join().expect("it does not panic")).expect("the run has not begun");
    MAY_FORK.store(true, Ordering::Release);
    wait_until(&IS_FORKING);
    process::exit(3)
}

fn wait_until(condition: &AtomicBool) {
    while !condition.load(Ordering::Acquire) {
        thread::yield_now();
    }
}

/// Returns when the main thread, which runs until it is in the hook, sleeps: it waits for a lock.
extern "C" fn before_fork() {
    IS_FORKING.store(true, Ordering::Release);
    let stat = format!("/proc/self/task/{}/stat", process::id());
    let sleeps = || fs::read_to_string(&stat).expect("the thread exists").contains(") S ");
    while !(0..100).all(|_| sleeps()) {
        thread::yield_now();
    }
}
