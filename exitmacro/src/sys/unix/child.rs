//! Ending another process.

use core::ffi::c_int;
use core::time::Duration;
use std::io;
use std::time::Instant;

/// Ends a child of this process: SIGTERM, after `grace` SIGKILL; waits for its end and reaps it. One that was reaped before is left alone, for its number may be somebody
/// else's by now.
pub(crate) fn end_child(child: u32, grace: Duration) -> io::Result<()> {
    if !is_unreaped(child) {
        return Ok(());
    }
    send(child, libc::SIGTERM)?;
    let end = Instant::now() + grace;
    while !reap(child, libc::WNOHANG)? {
        if Instant::now() >= end {
            send(child, libc::SIGKILL)?;
            return reap(child, 0).map(drop);
        }
        super::wait_a_moment();
    }
    Ok(())
}

/// Ends a process group that a child of this process leads, and reaps the child: SIGTERM, after `grace` SIGKILL. When the child was reaped before, nothing is done, for the number
/// of its group may be somebody else's by now.
#[cfg(feature = "resources")]
pub(crate) fn end_group(leader: u32, grace: Duration) -> io::Result<()> {
    if !is_unreaped(leader) {
        return Ok(());
    }
    let mut is_reaped = false;
    if !send_group(leader, libc::SIGTERM)? {
        return reap(leader, 0).map(drop);
    }
    let end = Instant::now() + grace;
    let mut is_killed = false;
    loop {
        is_reaped = is_reaped || reap(leader, libc::WNOHANG)?;
        // A group exists as long as one of its processes does, zombies of others included.
        if is_reaped && (is_killed || !send_group(leader, 0)?) {
            return Ok(());
        }
        if !is_killed && Instant::now() >= end {
            send_group(leader, libc::SIGKILL)?;
            is_killed = true;
        }
        super::wait_a_moment();
    }
}

/// Sends to all processes of a group; 0 only asks. Whether there were any.
#[cfg(feature = "resources")]
fn send_group(group: u32, signal: c_int) -> io::Result<bool> {
    // SAFETY: the group was made for a child of this process, and lives on as long as one of its processes does.
    if unsafe { libc::kill(-group.cast_signed(), signal) } == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::ESRCH) { Ok(false) } else { Err(error) }
}

/// Whether the number is that of a child that nobody has waited for, so that it cannot be another process's.
fn is_unreaped(child: u32) -> bool {
    // SAFETY: all zeroes is valid information, which the call fills in; with `WNOWAIT` the child stays as it is.
    unsafe {
        let mut info: libc::siginfo_t = core::mem::zeroed();
        libc::waitid(libc::P_PID, child, &raw mut info, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT) == 0
    }
}

fn send(child: u32, signal: c_int) -> io::Result<()> {
    // SAFETY: the child has not been reaped, so the number is its own.
    if unsafe { libc::kill(child.cast_signed(), signal) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether the child has ended and is reaped.
fn reap(child: u32, options: c_int) -> io::Result<bool> {
    loop {
        // SAFETY: null means that the status is not asked for.
        match unsafe { libc::waitpid(child.cast_signed(), core::ptr::null_mut(), options) } {
            0 => return Ok(false),
            -1 => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            _ => return Ok(true),
        }
    }
}
