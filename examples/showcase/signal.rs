//! Signals as exit paths. A child waits for a signal, its parent sends it.

use crate::child;
use crate::exit_path::ExitPath;
use exitmacro::signals::{OnSignal, Signal, Signals};
use libc::{SIG_DFL, SIGHUP, SIGINT, SIGKILL, SIGTERM, c_int};
use std::error::Error;
use std::io;

pub(crate) const EXIT_PATHS: &[ExitPath] = &[
    ExitPath { trigger: Some(|child| send(SIGINT, child)), ..ExitPath::new("SIGINT", wait) },
    ExitPath { trigger: Some(|child| send(SIGTERM, child)), ..ExitPath::new("SIGTERM", wait) },
    ExitPath {
        trigger: Some(|child| send(SIGTERM, child)),
        exists_without: false,
        ..ExitPath::new("SIGTERM, raised again", || wait_for(OnSignal::Reraise))
    },
    ExitPath { trigger: Some(|child| send(SIGHUP, child)), ..ExitPath::new("SIGHUP", wait) },
    ExitPath {
        trigger: Some(|child| send(SIGKILL, child)),
        note: Some("cannot be handled"),
        ..ExitPath::new("SIGKILL", wait)
    },
];

fn wait() -> Result<(), Box<dyn Error>> {
    wait_for(OnSignal::ExitCode)
}

/// Prints that the child is ready, and waits for the signal. The end of the input means that the
/// parent has ended.
fn wait_for(on_signal: OnSignal) -> Result<(), Box<dyn Error>> {
    [SIGINT, SIGTERM, SIGHUP].into_iter().for_each(restore_default);
    if child::cleans_up() {
        // Other programs use `#[exitmacro::main(signals)]`. This program must also run without
        // handling signals.
        Signals::new([Signal::INT, Signal::TERM, Signal::HUP]).on_signal(on_signal).install()?;
    }
    println!("ready");
    io::stdin().read_line(&mut String::new())?;
    Err("no signal came".into())
}

/// Restores the default action of a signal, which `nohup` and the `&` of a shell make every child
/// ignore.
fn restore_default(signal: c_int) {
    // SAFETY: no code runs as a handler; the signal gets its default action back.
    unsafe { libc::signal(signal, SIG_DFL) };
}

fn send(signal: c_int, child: u32) -> io::Result<()> {
    // SAFETY: the child has not been waited for, so its process id is still its own.
    if unsafe { libc::kill(child.cast_signed(), signal) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
