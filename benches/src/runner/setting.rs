//! What the figures were measured on.

use super::Figures;
use std::process::Command;

pub(crate) fn describe(figures: &mut Figures) {
    let rustc = Command::new("rustc").arg("--version").output().map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
    // `rustc 1.95.0 (59807616e 2026-04-14)`
    let rustc = rustc.split(" (").next().unwrap_or_default().trim();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    figures.paragraph(&format!("{rustc}, {}, {} {}, {threads} processors.", libc_version(), std::env::consts::OS, std::env::consts::ARCH));
}

fn libc_version() -> String {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: no preconditions; the answer is a C string that lives for ever.
        let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
        format!("glibc {}", version.to_string_lossy())
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    "another libc".to_owned()
}
