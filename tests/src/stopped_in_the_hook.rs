//! Threads that reach the hook of the crate, and get no processor before the hook has done
//! anything.

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

/// How many threads are to be stopped where the hook registers itself again. Zero until then.
static EXPECTED: AtomicI32 = AtomicI32::new(0);
static STOPPED: AtomicI32 = AtomicI32::new(0);

fn wait_for(threads: i32) {
    while STOPPED.load(SeqCst) < threads {
        thread::sleep(Duration::from_millis(1));
    }
}

type AtExit = extern "C" fn(extern "C" fn(*mut c_void, c_int), *mut c_void, *mut c_void) -> c_int;

/// Replaces libc's function, and calls it.
// SAFETY: has the type of the function that it replaces.
#[unsafe(no_mangle)]
extern "C" fn __cxa_atexit(
    hook: extern "C" fn(*mut c_void, c_int),
    argument: *mut c_void,
    object: *mut c_void,
) -> c_int {
    let expected = EXPECTED.load(SeqCst);
    if expected > 0 {
        STOPPED.fetch_add(1, SeqCst);
        wait_for(expected);
    }
    // SAFETY: the next function of that name is the one of libc, which has this type.
    let next = unsafe {
        std::mem::transmute::<*mut c_void, AtExit>(libc::dlsym(
            libc::RTLD_NEXT,
            c"__cxa_atexit".as_ptr(),
        ))
    };
    next(hook, argument, object)
}

/// This many threads call C `exit`, with their numbers from 1, and are stopped in the hook until
/// all are there.
pub(crate) fn exit_on(threads: i32) -> ! {
    EXPECTED.store(threads, SeqCst);
    for thread in 1..=threads {
        // SAFETY: the hook lets one of them through.
        thread::spawn(move || unsafe { libc::exit(thread) });
        wait_for(thread);
    }
    loop {
        thread::park();
    }
}
