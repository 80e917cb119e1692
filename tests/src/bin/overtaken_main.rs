//! A `main` that returns an error. Another thread ends the process after `main` has found that no
//! thread does, and before `main` has entered the run. With the argument `asked` it ends as a
//! request asked for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

/// Stops the thread of `main` where it reads the configuration of the run, which takes memory.
struct Stops;

thread_local! {
    static RETURNS: Cell<bool> = const { Cell::new(false) };
}
static IS_STOPPED: AtomicBool = AtomicBool::new(false);
static ANOTHER_EXITS: AtomicBool = AtomicBool::new(false);

// SAFETY: as safe as the allocator of the system, which it calls.
unsafe impl GlobalAlloc for Stops {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if RETURNS.try_with(|returns| returns.replace(false)) == Ok(true) {
            IS_STOPPED.store(true, SeqCst);
            wait_for(&ANOTHER_EXITS);
        }
        // SAFETY: the caller keeps the contract of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above; all memory comes from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Stops = Stops;

fn wait_for(flag: &AtomicBool) {
    while !flag.load(SeqCst) {
        thread::yield_now();
    }
}

#[exitmacro::at_exit]
fn another_exits() {
    ANOTHER_EXITS.store(true, SeqCst);
}

#[exitmacro::main(signals, grace = "15s")]
fn main() -> Result<(), &'static str> {
    if std::env::args().any(|arg| arg == "asked") {
        assert!(exitmacro::shutdown::request_with(4));
    }
    thread::spawn(|| {
        wait_for(&IS_STOPPED);
        exitmacro::exit(3);
    });
    RETURNS.set(true);
    Err("no luck")
}
