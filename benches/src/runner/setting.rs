//! The machine and the tools that the figures were measured with.

use super::Figures;
use std::fs;
use std::process::Command;

pub(crate) fn describe(figures: &mut Figures) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    figures.setting = format!(
        "{}, {}, {} {}, {threads} processors.{}\n\n",
        rustc_version(),
        libc_version(),
        std::env::consts::OS,
        std::env::consts::ARCH,
        other_work(threads)
    );
}

/// `rustc 1.95.0`
pub(super) fn rustc_version() -> String {
    let printed = Command::new("rustc").arg("--version").output().map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    );
    // `rustc 1.95.0 (59807616e 2026-04-14)`
    printed.split(" (").next().unwrap_or_default().trim().to_owned()
}

/// `glibc 2.36`
pub(super) fn libc_version() -> String {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: no preconditions; the answer is a C string that lives for ever.
        let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
        format!("glibc {}", version.to_string_lossy())
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    "another libc".to_owned()
}

/// A warning if other programs used the processors while this run built its subjects, which needs
/// almost all of them.
fn other_work(threads: usize) -> String {
    let load = fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|load| load.split(' ').next()?.parse::<f64>().ok());
    match load {
        Some(load) if load > threads as f64 + 1.0 => {
            format!(
                " **Other programs were at work (load {load:.0}):** counts hold, times are to be \
                 read as ratios in one table."
            )
        }
        _ => String::new(),
    }
}
