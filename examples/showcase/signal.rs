//! Signals as ways out. A child waits for one, its parent sends it.

use crate::child;
use crate::way_out::WayOut;
use exitmacro::signals::{OnSignal, Signal, Signals};
use libc::{SIG_DFL, SIGHUP, SIGINT, SIGKILL, SIGTERM, c_int};
use std::error::Error;
use std::io;

pub(crate) const WAYS: &[WayOut] = &[
    WayOut { push: Some(|child| send(SIGINT, child)), ..WayOut::new("SIGINT", wait) },
    WayOut { push: Some(|child| send(SIGTERM, child)), ..WayOut::new("SIGTERM", wait) },
    WayOut {
        push: Some(|child| send(SIGTERM, child)),
        exists_without: false,
        ..WayOut::new("SIGTERM, raised again", || wait_for(OnSignal::Reraise))
    },
    WayOut { push: Some(|child| send(SIGHUP, child)), ..WayOut::new("SIGHUP", wait) },
    WayOut {
        push: Some(|child| send(SIGKILL, child)),
        excuse: Some("cannot be handled"),
        ..WayOut::new("SIGKILL", wait)
    },
];

fn wait() -> Result<(), Box<dyn Error>> {
    wait_for(OnSignal::ExitCode)
}

/// Says that the child is ready, and waits for the signal. The end of the input means that the
/// parent is gone.
fn wait_for(on_signal: OnSignal) -> Result<(), Box<dyn Error>> {
    [SIGINT, SIGTERM, SIGHUP].into_iter().for_each(mind);
    if child::cleans_up() {
        // A program of one kind says `#[exitmacro::main(signals)]` instead. This one is also the
        // program that handles no signals.
        Signals::new([Signal::INT, Signal::TERM, Signal::HUP]).on_signal(on_signal).install()?;
    }
    println!("ready");
    io::stdin().read_line(&mut String::new())?;
    Err("no signal came".into())
}

/// Undoes what `nohup` and the `&` of a shell make every child inherit: a signal that is ignored.
fn mind(signal: c_int) {
    // SAFETY: no code runs as a handler, the signal only gets its default effect back.
    unsafe { libc::signal(signal, SIG_DFL) };
}

fn send(signal: c_int, child: u32) -> io::Result<()> {
    // SAFETY: the child has not been waited for, so the id is still its own.
    if unsafe { libc::kill(child.cast_signed(), signal) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
