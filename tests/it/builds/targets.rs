//! What the build script decides for a target: where the crate cannot work, its build ends with one
//! error; where libc does not pass the exit status, it is not known.

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
    let printed = printed(&[
        ("TARGET_OS", system),
        ("TARGET_ARCH", processor),
        ("TARGET_HAS_ATOMIC", atomics),
        ("TARGET_ENV", version),
        ("TARGET_FEATURE", features),
    ]);
    let errors = printed.lines().filter_map(|line| line.strip_prefix("cargo::error="));
    errors.map(str::to_owned).collect()
}

/// What the build script prints where the compiler has these settings.
fn printed(settings: &[(&str, &str)]) -> String {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../exitmacro/build.rs");
    let mut script = Command::new(SingleFile::new(source, "2024").program());
    let variables = settings.iter().map(|(name, value)| (format!("CARGO_CFG_{name}"), value));
    let output = script.env("RUSTC", "rustc").envs(variables).output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("it prints text")
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

/// These put a function of their own between libc and the hook.
#[test]
fn the_status_is_not_known_under_a_sanitizer_that_does_not_pass_it() {
    let is_passed = |sanitizers| {
        let target = [("TARGET_OS", "linux"), ("TARGET_ENV", "gnu"), ("TARGET_ARCH", "x86_64")];
        let settings = [target.as_slice(), &[("SANITIZE", sanitizers)]].concat();
        printed(&settings).lines().any(|line| line == "cargo::rustc-cfg=libc_passes_status")
    };
    for (sanitizers, expected) in [
        ("", true),
        ("address", true),
        ("address,leak", true),
        ("thread", false),
        ("memory", false),
        ("leak,memory", false),
    ] {
        assert_eq!(is_passed(sanitizers), expected, "{sanitizers}");
    }
}
