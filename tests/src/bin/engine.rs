//! Declares nothing, so that the engine is linked only because of registrations. Does what the
//! first argument names.

mod forked;
#[path = "../other_threads.rs"]
mod other_threads;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[path = "../stopped_in_the_hook.rs"]
mod stopped_in_the_hook;

use exitmacro::register;
use forked::{fork, wait_for};
use std::io::Write;
use std::sync::{Arc, Barrier};
use std::thread;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("register while ending") => while_ending(|| {
            println!("{:?}", thread::spawn(|| register(|| println!("called")).err()).join())
        }),
        Some("register, exit and run while ending") => while_ending(|| {
            println!(
                "{:?}, {} handlers",
                register(|| println!("called")),
                exitmacro::run().handlers().len()
            );
            exitmacro::exit(4);
        }),
        Some("exit with success while ending") => while_ending(|| exitmacro::exit(0)),
        Some("exit on another thread while ending") => while_ending(|| {
            thread::spawn(|| exitmacro::exit(4));
            other_threads::await_asleep();
            println!("goes on");
        }),
        Some("exit twice") => while_ending(|| process_exit(5)),
        Some("fork while ending") => while_ending(fork_on_another_thread),
        Some("fork") => in_child(),
        Some("c exit on eight threads") => on_eight_threads(),
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        Some("c exit on eight threads that are stopped at once") => {
            register(|| println!("called")).expect("nothing has run");
            stopped_in_the_hook::exit_on(8);
        }
        Some("c exit while another one hangs in it") => while_another_one_hangs(),
        other => panic!("unknown case: {other:?}"),
    }
}

/// Ends the process by C `exit`, and runs `while_ending` in a function that libc calls after the
/// hook.
fn while_ending(does: fn()) -> ! {
    static DOES: std::sync::OnceLock<fn()> = std::sync::OnceLock::new();
    extern "C" fn after_the_hook() {
        DOES.get().expect("it is set")();
        std::io::stdout().flush().expect("stdout is open");
    }
    DOES.set(does).expect("once");
    // SAFETY: the function has the type that `atexit` asks for.
    unsafe { libc::atexit(after_the_hook) };
    // The hook is put on top.
    exitmacro::arm();
    process_exit(3)
}

fn process_exit(code: i32) -> ! {
    // SAFETY: only one thread of the program gets here at a time.
    unsafe { libc::exit(code) }
}

/// Forks. The child registers a handler, and ends.
fn in_child() {
    let Some(child) = fork() else {
        register(|| println!("called in the child")).expect("nothing has run there");
        exitmacro::run();
        // Not by libc's `exit`, which a thread of the parent may execute. SAFETY: no preconditions.
        unsafe { libc::_exit(6) }
    };
    println!("the child ended with {}", wait_for(child));
}

fn fork_on_another_thread() {
    thread::spawn(in_child).join().expect("it does not panic");
}

fn on_eight_threads() {
    extern "C" fn before_everything() {
        // So that the threads are at different places of libc's list.
        thread::yield_now();
    }
    // SAFETY: the function has the type that `atexit` asks for.
    unsafe { libc::atexit(before_everything) };
    register(|| println!("called")).expect("nothing has run");
    let barrier = Arc::new(Barrier::new(8));
    for thread in 1..=8 {
        let barrier = Arc::clone(&barrier);
        thread::spawn(move || {
            barrier.wait();
            // SAFETY: the hook lets one of them through.
            unsafe { libc::exit(thread) };
        });
    }
    loop {
        thread::park();
    }
}

/// libc calls a function before the hook, on the first thread that exits. It waits for ever.
fn while_another_one_hangs() {
    extern "C" fn hangs() {
        static FIRST: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(true);
        if FIRST.swap(false, std::sync::atomic::Ordering::SeqCst) {
            loop {
                thread::park();
            }
        }
    }
    // SAFETY: the function has the type that `atexit` asks for.
    unsafe { libc::atexit(hangs) };
    register(|| println!("called")).expect("nothing has run");
    thread::spawn(|| process_exit(1));
    other_threads::await_asleep();
    process_exit(2)
}
