//! Where the crate cannot work, its build ends with one error.

use crate::support::SingleFile;
use std::process::Command;

/// The errors of the build script for such a target.
fn errors(system: &str, processor: &str, atomics: &str) -> Vec<String> {
    errors_with(system, processor, atomics, "", "")
}

/// The same for a target with a version of its system, and features of its processor.
fn errors_with(
    system: &str,
    processor: &str,
    atomics: &str,
    version: &str,
    features: &str,
) -> Vec<String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../exitmacro/build.rs");
    let mut script = Command::new(SingleFile::new(source, "2024").program());
    script
        .env("CARGO_CFG_TARGET_OS", system)
        .env("CARGO_CFG_TARGET_ARCH", processor)
        .env("CARGO_CFG_TARGET_HAS_ATOMIC", atomics)
        .env("CARGO_CFG_TARGET_ENV", version)
        .env("CARGO_CFG_TARGET_FEATURE", features)
        .env("RUSTC", "rustc");
    let output = script.output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("it prints text");
    let errors = printed.lines().filter_map(|line| line.strip_prefix("cargo::error="));
    errors.map(str::to_owned).collect()
}

#[test]
fn a_target_that_cannot_work_is_refused_with_one_error() {
    assert_eq!(
        errors("netbsd", "x86_64", "8,16,32,64,ptr"),
        ["exitmacro cannot work on the operating system `netbsd`, where nothing collects \
          handlers at link time or runs them at process exit. It supports android, freebsd, \
          illumos, ios, linux, macos, openbsd, tvos, wasi, windows"]
    );
    assert_eq!(
        errors("linux", "powerpc", "8,16,32,ptr"),
        ["exitmacro needs atomic integers of 64 bits, which the processor `powerpc` does not have"]
    );
}

#[test]
fn of_wasi_only_programs_without_threads_and_components_are_supported() {
    let errors_of =
        |version, features| errors_with("wasi", "wasm32", "8,16,32,64,ptr", version, features);
    assert_eq!(errors_of("p1", "multivalue,mutable-globals"), Vec::<String>::new());
    for (version, features) in [("p1", "atomics,bulk-memory"), ("p2", "multivalue")] {
        assert_eq!(
            errors_of(version, features),
            ["exitmacro supports WASI as `wasm32-wasip1` only: a program without threads and \
              components"]
        );
    }
}

#[test]
fn a_supported_target_is_not_refused() {
    for system in ["linux", "windows", "macos", "freebsd"] {
        assert_eq!(errors(system, "x86_64", "16,32,64,8,ptr"), Vec::<String>::new(), "{system}");
    }
}
