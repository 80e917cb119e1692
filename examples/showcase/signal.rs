//! Signals as ways out. A child waits for one, its parent sends it.

use crate::way_out::WayOut;
use libc::{SIG_DFL, SIGHUP, SIGINT, SIGKILL, SIGTERM, c_int};
use std::error::Error;
use std::io;

/// What the row of a signal says until a release brings it.
const NOT_YET: Option<&str> = Some("not handled yet");

pub(crate) const WAYS: &[WayOut] = &[
    WayOut { push: Some(|child| send(SIGINT, child)), excuse: NOT_YET, ..WayOut::new("SIGINT", wait) },
    WayOut { push: Some(|child| send(SIGTERM, child)), excuse: NOT_YET, ..WayOut::new("SIGTERM", wait) },
    WayOut { push: Some(|child| send(SIGHUP, child)), excuse: NOT_YET, ..WayOut::new("SIGHUP", wait) },
    WayOut { push: Some(|child| send(SIGKILL, child)), excuse: Some("cannot be handled"), ..WayOut::new("SIGKILL", wait) },
];

/// Says that the child is ready, and waits for the signal. The end of the input means that the parent is gone.
fn wait() -> Result<(), Box<dyn Error>> {
    [SIGINT, SIGTERM, SIGHUP].into_iter().for_each(mind);
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
    if unsafe { libc::kill(child.cast_signed(), signal) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
