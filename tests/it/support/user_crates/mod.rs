//! Builds crates as users do: packages of `fixtures/` with cargo, single files with rustc.
//!
//! All that is built lies below the target folder of the tests. The flag sets share one build
//! folder, so that cargo compiles the procedural macros, which see none of the flags, once a
//! profile. What is built with a flag set has a folder of its own.
//!
//! Dependencies take most of the time. So by default, crates of other workspaces are not optimised,
//! and flags of the final program apply to that program alone, which rustc then compiles directly.
//! With `EXITMACRO_TESTS_WHOLE_MATRIX`, every flag set applies to every crate, as it does for a
//! user.

mod cargo_build;
mod fixtures;
mod libraries;
mod project;
mod single_file;
mod tools;

pub(crate) use cargo_build::Build;
pub(crate) use project::Project;
pub(crate) use single_file::SingleFile;
