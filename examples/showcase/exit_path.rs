//! The exit paths of a process.

use std::error::Error;
use std::{io, process, thread};

#[cfg(unix)]
use crate::signal::EXIT_PATHS as SIGNALS;
#[cfg(not(unix))]
const SIGNALS: &[ExitPath] = &[];

/// One exit path, as data.
pub(crate) struct ExitPath {
    pub(crate) name: &'static str,
    /// Ends the child. If it returns, `main` returns the same.
    pub(crate) run: fn() -> Result<(), Box<dyn Error>>,
    /// What the parent does to a child that is ready. The argument is the child's process id.
    pub(crate) trigger: Option<fn(u32) -> io::Result<()>>,
    /// Why the handlers do not run.
    pub(crate) note: Option<&'static str>,
    /// Whether a program without exitmacro can end like this.
    pub(crate) exists_without: bool,
}

impl ExitPath {
    pub(crate) const fn new(name: &'static str, run: fn() -> Result<(), Box<dyn Error>>) -> Self {
        Self { name, run, trigger: None, note: None, exists_without: true }
    }
}

const CALLS: &[ExitPath] = &[
    ExitPath::new("return from main", || Ok(())),
    ExitPath::new("error returned by `?`", || Err("the input is no good".into())),
    ExitPath::new("std::process::exit", || process::exit(3)),
    ExitPath::new("the same, on a thread", || on_thread(|| process::exit(4))),
    // SAFETY: `exit` may be called on any thread, and no other thread of this program calls it.
    ExitPath::new("C exit", || unsafe { libc::exit(5) }),
    ExitPath { exists_without: false, ..ExitPath::new("exitmacro::exit", || exitmacro::exit(6)) },
    ExitPath::new("panic in main", || panic!("in main")),
    ExitPath::new("panic on a joined thread", || on_thread(|| panic!("on a thread"))),
];

fn on_thread(end: fn()) -> Result<(), Box<dyn Error>> {
    thread::spawn(end).join().map_err(|_| "the thread panicked".into())
}

pub(crate) fn all() -> impl Iterator<Item = &'static ExitPath> {
    CALLS.iter().chain(SIGNALS)
}
