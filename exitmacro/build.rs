//! Tells the crate whether the compiler has `LazyLock::get`, which came with Rust 1.94, whether one
//! of the features is on for which outcomes become events, and whether stacks are captured.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(lazy_lock_get)");
    if minor_version().is_some_and(|minor| minor >= 94) {
        println!("cargo::rustc-cfg=lazy_lock_get");
    }
    println!("cargo::rustc-check-cfg=cfg(events)");
    if ["CARGO_FEATURE_TRACING", "CARGO_FEATURE_LOG"].map(env::var_os).iter().any(Option::is_some) {
        println!("cargo::rustc-cfg=events");
    }
    println!("cargo::rustc-check-cfg=cfg(stacks)");
    let is_linux = env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|system| system == "linux");
    if is_linux && env::var_os("CARGO_FEATURE_BACKTRACE").is_some() {
        println!("cargo::rustc-cfg=stacks");
    }
}

/// The 94 of `rustc 1.94.0 (…)`.
fn minor_version() -> Option<u32> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split('.').nth(1)?.parse().ok()
}
