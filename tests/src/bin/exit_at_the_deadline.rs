//! A handler calls `exit` at the moment of its deadline: it is abandoned after the hook has seen
//! that it is not, and before the run hears of the exit. In between, the hook reads the
//! environment, which takes long here.

use exitmacro::at_exit;
use std::ffi::{CStr, c_char};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

static IS_SLOW: AtomicBool = AtomicBool::new(false);

unsafe extern "C" {
    static environ: *const *const c_char;
}

// SAFETY: replaces the function of that name, and does the same.
#[unsafe(no_mangle)]
extern "C" fn getenv(name: *const c_char) -> *const c_char {
    if IS_SLOW.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(300));
    }
    // SAFETY: the name is a C string, and nothing changes the environment of this program.
    let (name, mut entry) = unsafe { (CStr::from_ptr(name).to_bytes(), environ) };
    // SAFETY: the entries are C strings, and the last one is followed by null.
    while let Some(text) = unsafe { entry.read().as_ref() } {
        // SAFETY: as above.
        let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
        if bytes.strip_prefix(name).is_some_and(|value| value.starts_with(b"=")) {
            // SAFETY: the value is a part of the entry.
            return unsafe { (&raw const *text).add(name.len() + 1) };
        }
        // SAFETY: this entry was not the last one.
        entry = unsafe { entry.add(1) };
    }
    std::ptr::null()
}

#[at_exit(timeout = "100ms")]
fn exits() {
    IS_SLOW.store(true, Ordering::Relaxed);
    process::exit(5);
}

#[at_exit]
fn first() {
    println!("first");
}

fn main() {
    exitmacro::exit(3);
}
