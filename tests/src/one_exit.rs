//! With `ONE_EXIT` in the environment, libc's `exit` behaves as since glibc 2.41: it takes a
//! recursive lock, and keeps it.

use std::sync::OnceLock;

struct Lock(std::cell::UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: a mutex of libc may be shared.
unsafe impl Sync for Lock {}

static LOCK: Lock = Lock(std::cell::UnsafeCell::new(libc::PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP));

static IS_LOCKED: OnceLock<bool> = OnceLock::new();

// SAFETY: replaces the function of that name, and calls it. Not in a static program, where no other
// one would be there.
#[cfg(not(target_feature = "crt-static"))]
#[unsafe(no_mangle)]
extern "C" fn exit(status: i32) -> ! {
    if IS_LOCKED.get() == Some(&true) {
        // SAFETY: the lock is valid, static and never moved.
        unsafe { libc::pthread_mutex_lock(LOCK.0.get()) };
    }
    // SAFETY: the next `exit` is the one of libc, which has this type.
    let next = unsafe {
        std::mem::transmute::<*mut libc::c_void, extern "C" fn(i32) -> !>(libc::dlsym(
            libc::RTLD_NEXT,
            c"exit".as_ptr(),
        ))
    };
    next(status)
}

/// To be called before any exit.
pub(crate) fn begin() {
    IS_LOCKED.set(std::env::var_os("ONE_EXIT").is_some()).expect("set once");
}
