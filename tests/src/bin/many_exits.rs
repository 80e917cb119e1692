//! Several threads do concurrently what the first argument names.

mod forked;
#[path = "../other_threads.rs"]
mod other_threads;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[path = "../stopped_in_the_hook.rs"]
mod stopped_in_the_hook;

use exitmacro::{ExitContext, at_exit};
use forked::{fork, wait_for};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

#[at_exit]
fn once() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    println!("call {}", CALLS.fetch_add(1, Ordering::Relaxed) + 1);
}

#[at_exit(priority = -1)]
fn last(exit: &ExitContext) {
    println!("last, for {}", exit.reason());
}

fn main() {
    exitmacro::register(|| println!("registered")).expect("the run has not begun");
    match std::env::args().nth(1).as_deref() {
        // SAFETY: the hook lets one of them through.
        Some("c exit") => at_once(8, |thread| unsafe { libc::exit(thread) }),
        Some("c exit, more than there are copies of the hook") => more_exits_than_copies(),
        Some("c exit in a child after the run, more than there are copies of the hook") => {
            exitmacro::run();
            match fork() {
                Some(child) => println!("the child ended with {}", wait_for(child)),
                None => more_exits_than_copies(),
            }
        }
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        Some("c exit, stopped in the hook") => stopped_in_the_hook::exit_on(8),
        Some("std exit") => at_once(8, |thread| std::process::exit(thread)),
        Some("exitmacro exit") => at_once(8, |thread| exitmacro::exit(thread)),
        Some("every exit") => at_once(8, |thread| match thread % 4 {
            0 => std::process::exit(thread),
            // SAFETY: as above.
            1 => unsafe { libc::exit(thread) },
            2 => exitmacro::exit(thread),
            _ => {
                exitmacro::run();
                exitmacro::exit(thread)
            }
        }),
        Some("every exit, then more of libc") => {
            extern "C" fn after_the_hook() {
                // Time for another thread to end the process, if one got through.
                thread::sleep(Duration::from_millis(20));
                println!("after the hook");
            }
            // Registered first, so called last; `arm` puts the hook of the crate before it.
            // SAFETY: the function has the type that `atexit` asks for.
            unsafe { libc::atexit(after_the_hook) };
            exitmacro::arm();
            // All threads reach the hook. A thread that exits later finds libc's list used up, and
            // no hook in it.
            exitmacro::register(other_threads::await_asleep).expect("the run has not begun");
            at_once(8, |thread| match thread % 3 {
                0 => std::process::exit(thread),
                // SAFETY: as above.
                1 => unsafe { libc::exit(thread) },
                _ => exitmacro::exit(thread),
            });
        }
        Some("run by hand") => {
            let runs: Vec<_> =
                (0..2).map(|_| thread::spawn(|| exitmacro::run().handlers().len())).collect();
            let counts: Vec<_> =
                runs.into_iter().map(|run| run.join().expect("a run does not panic")).collect();
            println!("each saw {counts:?}");
        }
        Some("run by hand while main returns") => {
            thread::spawn(exitmacro::run);
        }
        other => panic!("unknown case: {other:?}"),
    }
}

fn more_exits_than_copies() -> ! {
    let more = || {
        for thread in 2..=20 {
            // SAFETY: the hook lets one of them through.
            thread::spawn(move || unsafe { libc::exit(thread) });
        }
        // They reach the end of libc's list, where nothing would stop them.
        other_threads::await_asleep();
        println!("they are held");
    };
    exitmacro::register(more).expect("the run has not begun");
    // SAFETY: as above.
    unsafe { libc::exit(1) }
}

/// Calls `end` on this many threads, as nearly at the same moment as possible, with their numbers
/// from 1.
fn at_once(threads: i32, end: fn(i32)) {
    let barrier = Arc::new(Barrier::new(threads as usize));
    for thread in 1..=threads {
        let barrier = Arc::clone(&barrier);
        thread::spawn(move || {
            barrier.wait();
            end(thread);
        });
    }
    loop {
        thread::park();
    }
}
