//! No way to read the environment without std: a forked child waits if another thread of its parent
//! was changing it.

use crate::sys::LoadHook;
use std::ffi::OsString;

pub(crate) type LoadEntry = extern "C" fn();

pub(crate) extern "C" fn load_entry<H: LoadHook>() {
    H::loaded();
}

pub(crate) fn initial_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
