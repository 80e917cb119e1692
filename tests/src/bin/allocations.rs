//! Prints how often what a program makes in a loop allocates, from making it to its end.

use exitmacro::{AtExitCleanup, CleanupError};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: as safe as the allocator of the system, which it calls.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above; all memory comes from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROUNDS: u64 = 100;

fn count(what: &str, mut once: impl FnMut()) {
    // The first one finds no slot, and the thread has no guards yet.
    once();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    (0..ROUNDS).for_each(|_| once());
    let counted = ALLOCATIONS.load(Ordering::Relaxed) - before;
    assert_eq!(counted % ROUNDS, 0, "each round of {what} allocates as often as the others");
    println!("{what}: {}", counted / ROUNDS);
}

struct Session(u64);

impl AtExitCleanup for Session {
    fn cleanup(&self) -> Result<(), CleanupError> {
        black_box(self.0);
        Ok(())
    }
}

fn main() {
    count("register and unregister", || {
        let id = exitmacro::register(|| ()).expect("the run has not begun");
        assert_eq!(exitmacro::unregister(id), exitmacro::Unregistered::Removed);
    });
    count("track", || drop(exitmacro::track(Session(1))));
    count("a guard without captures", || drop(exitmacro::guard(|| ())));
    let number = black_box(7_u64);
    count("a guard", || drop(exitmacro::guard(move || _ = black_box(number))));
    count("on_success", || drop(exitmacro::on_success(move || _ = black_box(number))));
    count("guard_value", || {
        drop(exitmacro::guard_value(1_u64, move |value| _ = black_box(value + number)));
    });
}
