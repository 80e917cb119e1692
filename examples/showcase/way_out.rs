//! The ways in which a process ends.

use std::error::Error;
use std::{io, process, thread};

#[cfg(unix)]
use crate::signal::WAYS as SIGNALS;
#[cfg(not(unix))]
const SIGNALS: &[WayOut] = &[];

/// One way, as data.
pub(crate) struct WayOut {
    pub(crate) name: &'static str,
    /// Goes it, in the child. When it returns, `main` returns the same.
    pub(crate) go: fn() -> Result<(), Box<dyn Error>>,
    /// What the parent has to do to a child that says it is ready; the argument is its process id.
    pub(crate) push: Option<fn(u32) -> io::Result<()>>,
    /// Why the handlers do not run.
    pub(crate) excuse: Option<&'static str>,
    /// Whether a program can end like this without exitmacro.
    pub(crate) exists_without: bool,
}

impl WayOut {
    pub(crate) const fn new(name: &'static str, go: fn() -> Result<(), Box<dyn Error>>) -> Self {
        Self { name, go, push: None, excuse: None, exists_without: true }
    }
}

const CALLS: &[WayOut] = &[
    WayOut::new("return from main", || Ok(())),
    WayOut::new("error returned by `?`", || Err("the input is no good".into())),
    WayOut::new("std::process::exit", || process::exit(3)),
    WayOut::new("the same, on a thread", || on_thread(|| process::exit(4))),
    // SAFETY: `exit` may be called on any thread, and no other thread of this program calls it.
    WayOut::new("C exit", || unsafe { libc::exit(5) }),
    WayOut { exists_without: false, ..WayOut::new("exitmacro::exit", || exitmacro::exit(6)) },
    WayOut::new("panic in main", || panic!("in main")),
    WayOut::new("panic on a joined thread", || on_thread(|| panic!("on a thread"))),
];

fn on_thread(end: fn()) -> Result<(), Box<dyn Error>> {
    thread::spawn(end).join().map_err(|_| "the thread panicked".into())
}

pub(crate) fn all() -> impl Iterator<Item = &'static WayOut> {
    CALLS.iter().chain(SIGNALS)
}
