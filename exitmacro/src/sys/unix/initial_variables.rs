//! The environment that the program was started with, where the kernel put it, above the first
//! stack. Reading it takes no lock.

use core::ffi::{CStr, c_char};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// The value of `environ` at load, before another thread may have changed the environment.
static AT_LOAD: AtomicPtr<*const c_char> = AtomicPtr::new(core::ptr::null_mut());

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn note_environment(environment: *mut *const c_char) {
    AT_LOAD.store(environment, Relaxed);
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn note_environment() {
    unsafe extern "C" {
        static environ: *mut *const c_char;
    }
    // SAFETY: libc has this variable, which is a pointer. For a shared object that is loaded later,
    // another thread may change it meanwhile; then this reads either pointer.
    AT_LOAD.store(unsafe { (&raw const environ).read_volatile() }, Relaxed);
}

/// The value of a variable at the start of the program. `None` if the program has changed it since,
/// or had replaced the whole environment at load.
pub(crate) fn initial_variable(name: &str) -> Option<OsString> {
    /// More than the kernel allows.
    const MOST: usize = 8 * 1024 * 1024;
    let first = AT_LOAD.load(Relaxed);
    // SAFETY: `getauxval` has no preconditions.
    let random = unsafe { libc::getauxval(libc::AT_RANDOM) } as usize;
    // From there down, the kernel puts the lists of pointers, from there up, the texts. A list
    // anywhere else was made by libc since, and may have been freed.
    if first.is_null() || first as usize >= random || random - first as usize > MOST {
        return None;
    }
    for place in 0.. {
        // SAFETY: the list is the kernel's, ends with a null pointer, and is never freed. libc may
        // write into it, always whole pointers; in a forked child no other thread does.
        let text = unsafe { first.add(place).read_volatile() };
        if text.is_null() {
            break;
        }
        // A text below is libc's: it replaces a variable that the program has changed, and may have
        // been freed.
        if (text as usize) < random {
            continue;
        }
        // SAFETY: the text is the kernel's and ends with a zero, or with those that the stack ends
        // with.
        let text = unsafe { CStr::from_ptr(text) }.to_bytes();
        if let Some(value) =
            text.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="))
        {
            return Some(OsStr::from_bytes(value).to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::initial_variable;

    #[test]
    fn what_the_program_was_started_with_is_found() {
        let path = std::env::var_os("PATH");
        assert!(path.is_some());
        assert_eq!(initial_variable("PATH"), path);
        assert_eq!(initial_variable("PAT"), None);
        assert_eq!(initial_variable("NO_SUCH_VARIABLE"), None);
    }
}
