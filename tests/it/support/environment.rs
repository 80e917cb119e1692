//! What the environment of the tests decides: the variables of CONTRIBUTING.md.

/// Whether every flag set is built for every crate, and what fails by chance is tried many times.
/// By default the tests leave some of that to `.ci/matrix`.
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
