//! Gets a signal during what the first argument names.

use exitmacro::at_exit;
use std::hint::black_box;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

static HANDLERS_RUN: AtomicBool = AtomicBool::new(false);

#[at_exit]
fn say() {
    // Not by std, whose lock may be held.
    print("handler\n");
    HANDLERS_RUN.store(true, Ordering::SeqCst);
    if std::env::args().nth(1).as_deref() == Some("errno") {
        // `main` prints what it found.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

fn print(text: &str) {
    // SAFETY: the text lives through the call.
    unsafe { libc::write(1, text.as_ptr().cast(), text.len()) };
}

#[exitmacro::main(signals)]
fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("allocation") => ready_for(allocate),
        Some("computation") => ready_for(|| _ = black_box(1 + black_box(1))),
        Some("reading") => {
            ready_for(|| assert!(std::io::stdin().read(&mut [0]).is_err(), "no process writes"))
        }
        Some("printing") => {
            let _held = std::io::stdout().lock();
            ready_for(std::thread::park);
        }
        Some("errno") => keep_errno(),
        other => panic!("unknown case: {other:?}"),
    }
}

fn ready_for(work: impl Fn()) -> ! {
    print("ready\n");
    loop {
        work();
    }
}

/// Mostly inside of the allocator: small pieces from its fast lists, large ones from its heap.
fn allocate() {
    let pieces: Vec<Vec<u8>> =
        (0..64).map(|size| black_box(Vec::with_capacity(size * 97 + 1))).collect();
    drop(black_box(pieces));
}

/// Sets `errno`, sends itself a signal, does nothing that changes `errno`, and prints whether it is
/// kept.
fn keep_errno() {
    print("ready\n");
    // SAFETY: the descriptor is invalid, so this only sets `errno`. `raise` does not change it when
    // it succeeds, and returns when the OS handler has returned.
    unsafe {
        libc::close(-1);
        libc::raise(libc::SIGTERM);
    }
    while !HANDLERS_RUN.load(Ordering::SeqCst) {
        std::hint::spin_loop();
    }
    let found = std::io::Error::last_os_error().raw_os_error();
    print(if found == Some(libc::EBADF) { "errno is kept\n" } else { "errno is lost\n" });
    loop {
        std::thread::park();
    }
}
