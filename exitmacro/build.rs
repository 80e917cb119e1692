//! Tells the crate whether the compiler has `LazyLock::get`, which came with Rust 1.94, whether one
//! of the features is on for which outcomes become events, whether stacks are captured, whether
//! libc passes the exit status to the hook, and whether the crate defines libc's `exit`. Refuses
//! targets on which the crate cannot work, before their compiler prints dozens of errors.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Some(error) = refusal() {
        println!("cargo::error={error}");
    }
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
    println!("cargo::rustc-check-cfg=cfg(libc_passes_status, own_exit)");
    if let Some(cfg) = source_of_status() {
        println!("cargo::rustc-cfg={cfg}");
    }
}

/// How the hook learns the exit status on Linux: libc passes it, or the crate defines `exit`,
/// because the libc, musl, does not. For these processors it knows the instruction with which to
/// continue.
///
/// `RUSTFLAGS="--cfg exitmacro_status_unknown"` turns both off. The tests build programs in this
/// way: no other Linux that they run on does what macOS, the BSDs and Android do. ThreadSanitizer
/// and MemorySanitizer put a function of their own between libc and the hook, which does not pass
/// the status on.
fn source_of_status() -> Option<&'static str> {
    let sanitizer = env::var("CARGO_CFG_SANITIZE").unwrap_or_default();
    let is_lost = sanitizer.split(',').any(|name| matches!(name, "thread" | "memory"));
    if is_lost || env::var_os("CARGO_CFG_EXITMACRO_STATUS_UNKNOWN").is_some() {
        return None;
    }
    let variable = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    match (&*variable("OS"), &*variable("ENV"), &*variable("ARCH")) {
        ("linux", "gnu", _) => Some("libc_passes_status"),
        ("linux", "musl", "aarch64" | "x86" | "x86_64") => Some("own_exit"),
        _ => None,
    }
}

/// The operating systems for which something collects elements, linkme or on WASI the crate itself,
/// and that have a hook at process exit.
const SYSTEMS: [&str; 10] = [
    "android", "freebsd", "illumos", "ios", "linux", "macos", "openbsd", "tvos", "wasi", "windows",
];

/// Why the crate cannot work on the target, if it cannot.
fn refusal() -> Option<String> {
    let system = env::var("CARGO_CFG_TARGET_OS").ok()?;
    if !SYSTEMS.contains(&&*system) {
        return Some(format!(
            "exitmacro cannot work on the operating system `{system}`, where nothing collects \
             handlers at link time or runs them at process exit. It supports {}",
            SYSTEMS.join(", ")
        ));
    }
    if system == "wasi" && !is_wasip1() {
        return Some(
            "exitmacro supports WASI as `wasm32-wasip1` only: a program without threads and \
             components"
                .to_owned(),
        );
    }
    // A list as `8,16,32,64,ptr`.
    let atomics = env::var("CARGO_CFG_TARGET_HAS_ATOMIC").ok()?;
    (!atomics.split(',').any(|width| width == "64")).then(|| {
        let processor = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
        format!(
            "exitmacro needs atomic integers of 64 bits, which the processor `{processor}` does \
             not have"
        )
    })
}

/// Whether the target is `wasm32-wasip1`. Only a target with threads has the feature `atomics`.
fn is_wasip1() -> bool {
    let has_threads = |features: String| features.split(',').any(|feature| feature == "atomics");
    env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|version| version == "p1")
        && !env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(has_threads)
}

/// The 94 of `rustc 1.94.0 (…)`.
fn minor_version() -> Option<u32> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split('.').nth(1)?.parse().ok()
}
