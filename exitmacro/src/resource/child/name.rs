//! How the lines name a child process.

use core::fmt;
#[cfg(feature = "resources")]
use std::ffi::OsStr;

/// A child process by its number and, where that is known, its program.
pub(super) struct ChildName {
    id: u32,
    program: Option<String>,
}

impl ChildName {
    #[cfg(feature = "resources")]
    pub(super) fn new(id: u32, program: &OsStr) -> Self {
        Self { id, program: Some(program.to_string_lossy().into_owned()) }
    }

    /// Of a child that was not reaped: the program is what the system shows.
    pub(super) fn of(id: u32) -> Self {
        let shown = if cfg!(any(target_os = "linux", target_os = "android")) {
            std::fs::read(format!("/proc/{id}/comm")).ok()
        } else {
            None
        };
        let program = shown.map(|name| String::from_utf8_lossy(name.trim_ascii_end()).into_owned());
        Self { id, program }
    }
}

impl fmt::Display for ChildName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.program {
            Some(program) => write!(f, "child process {} (`{program}`)", self.id),
            None => write!(f, "child process {}", self.id),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_named_by_its_program_where_that_is_known() {
        let me = ChildName::of(std::process::id()).to_string();
        let start = format!("child process {}", std::process::id());
        assert!(me.starts_with(&start), "{me}");
        assert_eq!(
            me.len() > start.len(),
            cfg!(any(target_os = "linux", target_os = "android")),
            "{me}"
        );
        // No system gives a process so large a number.
        assert_eq!(ChildName::of(u32::MAX).to_string(), "child process 4294967295");
        #[cfg(feature = "resources")]
        assert_eq!(ChildName::new(7, OsStr::new("sleep")).to_string(), "child process 7 (`sleep`)");
    }
}
