//! Where the crate cannot work, its build ends with one error.

use crate::support::SingleFile;
use std::process::Command;

/// The errors of the build script for such a target.
fn errors(system: &str, processor: &str, atomics: &str) -> Vec<String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../exitmacro/build.rs");
    let mut script = Command::new(SingleFile::new(source, "2024").program());
    script
        .env("CARGO_CFG_TARGET_OS", system)
        .env("CARGO_CFG_TARGET_ARCH", processor)
        .env("CARGO_CFG_TARGET_HAS_ATOMIC", atomics)
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
        errors("wasi", "wasm32", "8,16,32,64,ptr"),
        ["exitmacro cannot work on the operating system `wasi`, where nothing collects handlers \
          at link time or runs them at process exit. It supports android, freebsd, illumos, ios, \
          linux, macos, openbsd, tvos, windows"]
    );
    assert_eq!(
        errors("linux", "powerpc", "8,16,32,ptr"),
        ["exitmacro needs atomic integers of 64 bits, which the processor `powerpc` does not have"]
    );
}

#[test]
fn a_supported_target_is_not_refused() {
    for system in ["linux", "windows", "macos", "freebsd"] {
        assert_eq!(errors(system, "x86_64", "16,32,64,8,ptr"), Vec::<String>::new(), "{system}");
    }
}
