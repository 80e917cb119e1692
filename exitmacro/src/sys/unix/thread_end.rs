//! The very end of a thread, after the destructors that C libraries have for threads.

use crate::sys::{ThreadEndHook, is_in_main_program};
use core::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};

/// The key of libc, plus one, and [`NONE`] before it is made.
static KEY: AtomicU32 = AtomicU32::new(NONE);
const NONE: u32 = 0;

/// Calls `H` with this number, which is not 0, when the calling thread is about to end. All its
/// destructors have run by then, also those of keys of C libraries. Not in a shared object, whose
/// code would have to stay for that. `false` when `H` will not be called.
pub(crate) fn at_thread_end<H: ThreadEndHook>(number: u32) -> bool {
    if !is_in_main_program(at_thread_end::<H> as *const ()) {
        return false;
    }
    let value = Value { number, is_seen: false }.to_pointer();
    // SAFETY: the key was made, and is never deleted; libc only passes the value on.
    key::<H>().is_some_and(|key| unsafe { libc::pthread_setspecific(key, value) } == 0)
}

fn key<H: ThreadEndHook>() -> Option<libc::pthread_key_t> {
    if let Some(key) = KEY.load(Ordering::Relaxed).checked_sub(1) {
        return Some(key);
    }
    let mut key = 0;
    // SAFETY: `key` is writable, and the destructor has the right type and stays: it is in the main
    // program.
    if unsafe { libc::pthread_key_create(&raw mut key, Some(called_by_libc::<H>)) } != 0 {
        return None;
    }
    // Another thread may have made one at the same time. Then this one stays unused.
    match KEY.compare_exchange(NONE, key + 1, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => Some(key),
        Err(other) => other.checked_sub(1),
    }
}

/// libc goes several times through the keys that have a value, in an unspecified order. So in the
/// second round all others have been called.
extern "C" fn called_by_libc<H: ThreadEndHook>(value: *mut c_void) {
    let Value { number, is_seen } = Value::of_pointer(value);
    let value = Value { number, is_seen: true }.to_pointer();
    // SAFETY: as in `at_thread_end`; destructors may do this.
    let comes_again = |key| unsafe { libc::pthread_setspecific(key, value) } == 0;
    if is_seen || !key::<H>().is_some_and(comes_again) {
        H::thread_ends(number);
    }
}

/// The value that libc keeps for the thread, instead of an address.
struct Value {
    number: u32,
    is_seen: bool,
}

impl Value {
    fn to_pointer(&self) -> *const c_void {
        core::ptr::without_provenance((self.number as usize) << 1 | usize::from(self.is_seen))
    }

    fn of_pointer(pointer: *mut c_void) -> Self {
        let word = pointer.addr();
        Self { number: (word >> 1) as u32, is_seen: word & 1 == 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    static CALLED: Mutex<Vec<u32>> = Mutex::new(Vec::new());

    struct Hook;

    impl ThreadEndHook for Hook {
        fn thread_ends(number: u32) {
            CALLED.lock().unwrap().push(number);
        }
    }

    extern "C" fn of_another_library(_: *mut c_void) {
        CALLED.lock().unwrap().push(0);
    }

    #[test]
    fn it_comes_behind_the_destructors_of_other_keys_made_before_and_after() {
        let use_key = || {
            let mut key = 0;
            // SAFETY: `key` is writable, and the destructor has the right type and stays.
            unsafe {
                assert_eq!(libc::pthread_key_create(&raw mut key, Some(of_another_library)), 0);
                assert_eq!(libc::pthread_setspecific(key, core::ptr::dangling()), 0);
            }
        };
        let ends = move || {
            use_key();
            assert!(at_thread_end::<Hook>(7));
            use_key();
        };
        std::thread::spawn(ends).join().expect("it does not panic");
        assert_eq!(*CALLED.lock().unwrap(), [0, 0, 7]);
    }
}
