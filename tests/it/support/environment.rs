//! What the environment of the tests decides: the variables of CONTRIBUTING.md, and the libc.

/// Whether every flag set is built for every crate, and what fails by chance is tried many times.
/// By default the tests leave some of that to `.ci/run`.
pub(crate) fn is_whole_matrix() -> bool {
    std::env::var_os("EXITMACRO_TESTS_WHOLE_MATRIX").is_some()
}

/// How often a test tries what fails by chance, if at all: `whole` times with the whole matrix, a
/// quarter of that otherwise.
pub(crate) fn rounds(whole: u32) -> u32 {
    if is_whole_matrix() { whole } else { whole.div_ceil(4) }
}

/// Whether the scenario programs were built with `panic = "abort"`.
pub(crate) fn panics_abort() -> bool {
    std::env::var_os("EXITMACRO_SCENARIOS_ABORT").is_some()
}

/// Whether libc's `exit` lets one thread in and stops all others, as glibc does from 2.41 on.
pub(crate) fn one_thread_is_in_libcs_exit() -> bool {
    cfg!(target_env = "gnu") && is_glibc_since_2_41()
}

#[cfg(not(target_env = "gnu"))]
fn is_glibc_since_2_41() -> bool {
    false
}

#[cfg(target_env = "gnu")]
fn is_glibc_since_2_41() -> bool {
    // SAFETY: the version is a C string that stays.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    let mut numbers = version
        .to_str()
        .expect("a version is ASCII")
        .split('.')
        .map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(2), Some(41))
}
