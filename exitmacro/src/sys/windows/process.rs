//! A child process that this crate did not start.

use crate::times::KILL_TIMEOUT;
use core::ffi::c_void;
use core::time::Duration;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

#[link(name = "kernel32")]
unsafe extern "system" {
    fn OpenProcess(access: u32, inherit: i32, process: u32) -> *mut c_void;
    fn TerminateProcess(process: *mut c_void, code: u32) -> i32;
    fn WaitForSingleObject(object: *mut c_void, milliseconds: u32) -> u32;
}

/// The status of a process that this crate has ended: that of a program that Ctrl-C ended.
pub(super) const STATUS_CONTROL_C_EXIT: u32 = 0xc000_013a;

/// Terminates the process with this number, and waits for its end. There is no grace: the system
/// has no message by which any process could be asked to end.
///
/// The caller's `Child` has a handle of the process, so that no other one gets its number.
pub(crate) fn end_child(child: u32, _grace: Duration) -> io::Result<()> {
    const TERMINATE_AND_WAIT: u32 = 1 | 0x0010_0000;
    // SAFETY: takes numbers.
    let process = unsafe { OpenProcess(TERMINATE_AND_WAIT, 0, child) };
    if process.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the system has just opened it.
    let process = unsafe { OwnedHandle::from_raw_handle(process) };
    if has_ended_within(&process, Duration::ZERO)? {
        return Ok(());
    }
    // SAFETY: the handle is open.
    let is_refused =
        unsafe { TerminateProcess(process.as_raw_handle(), STATUS_CONTROL_C_EXIT) } == 0;
    let refused = io::Error::last_os_error();
    // A process that is about to end by itself refuses.
    if has_ended_within(&process, KILL_TIMEOUT)? {
        return Ok(());
    }
    Err(if is_refused { refused } else { still_there() })
}

/// The error of a process that was terminated, and has not ended in time.
pub(super) fn still_there() -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("it was terminated, but did not end within {KILL_TIMEOUT:?}"),
    )
}

fn has_ended_within(process: &OwnedHandle, time: Duration) -> io::Result<bool> {
    const ENDED: u32 = 0;
    const TIMED_OUT: u32 = 258;
    // SAFETY: the handle is open.
    match unsafe { WaitForSingleObject(process.as_raw_handle(), time.as_millis() as u32) } {
        ENDED => Ok(true),
        TIMED_OUT => Ok(false),
        _ => Err(io::Error::last_os_error()),
    }
}
