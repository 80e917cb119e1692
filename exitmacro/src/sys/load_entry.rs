//! The entry that the loader calls before `main`, or inside `dlopen`.
//!
//! A macro makes it. What a generic function refers to is visible to other crates, for which its
//! instances may be compiled, so that it is reached by addresses that the loader writes before
//! `main`.

/// glibc passes the arguments and the environment, as std relies on too.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) type LoadEntry =
    extern "C" fn(core::ffi::c_int, *const *const core::ffi::c_char, *mut *const core::ffi::c_char);

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) type LoadEntry = extern "C" fn();

/// The entry: notes where the variables of the environment are, and calls the function.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
macro_rules! load_entry {
    ($loaded:path) => {{
        extern "C" fn entry(
            _: core::ffi::c_int,
            _: *const *const core::ffi::c_char,
            environment: *mut *const core::ffi::c_char,
        ) {
            $crate::sys::note_environment(environment);
            $loaded();
        }
        entry
    }};
}

/// The entry: notes where the variables of the environment are, and calls the function.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
macro_rules! load_entry {
    ($loaded:path) => {{
        extern "C" fn entry() {
            $crate::sys::note_environment();
            $loaded();
        }
        entry
    }};
}

pub(crate) use load_entry;

/// The entry that libc calls at the end of its list.
#[cfg(all(libc_passes_status, not(miri)))]
macro_rules! list_end_entry {
    ($hook:ty) => {{
        extern "C" fn entry() {
            <$hook as $crate::sys::ExitHook>::list_ends();
        }
        entry
    }};
}

#[cfg(all(libc_passes_status, not(miri)))]
pub(crate) use list_end_entry;
