//! Stops the thread of `main` after it has found how the process ends, and before it has entered
//! the run: where it reads the configuration, which takes memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

struct Stops;

thread_local! {
    static STOPS: Cell<bool> = const { Cell::new(false) };
}
static IS_STOPPED: AtomicBool = AtomicBool::new(false);
static GOES_ON: AtomicBool = AtomicBool::new(false);

// SAFETY: as safe as the allocator of the system, which it calls.
unsafe impl GlobalAlloc for Stops {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if STOPS.try_with(|stops| stops.replace(false)) == Ok(true) {
            IS_STOPPED.store(true, SeqCst);
            wait_for(&GOES_ON);
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

/// Has another thread do the work while the calling one is stopped, which takes no memory from now
/// on until it ends the process.
pub(crate) fn meanwhile(work: fn()) {
    thread::spawn(move || {
        wait_for(&IS_STOPPED);
        work();
    });
    STOPS.set(true);
}

/// Ends the stop.
pub(crate) fn go_on() {
    GOES_ON.store(true, SeqCst);
}
