//! An attempt to write to stderr that does not wait, on Linux, by system call: each name of libc
//! costs every program instructions at its start.
//!
//! A pipe or socket takes the flag for that with the write itself (pipes since Linux 6.4). An older
//! pipe takes it with `splice`, a terminal when it is opened once more, for this process alone. A
//! file gets a plain write. What remains, a terminal of another user, is written to by a thread.

use super::{Attempt, Wait, by_thread, write, write_lines};
use crate::sys::unix::last_error;
use crate::sys::unix::terminal::{self, Modes};
use core::ffi::{c_int, c_long};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// `RWF_NOWAIT`, which not every libc has.
const NOWAIT: c_int = 8;

pub(super) fn attempt(bytes: &[u8], wait: &mut Wait) -> Attempt {
    match write_nowait(bytes) {
        Ok(length) => Attempt::Wrote(length),
        Err(error) if does_not_wait_otherwise(error) => by_kind(bytes, error, wait),
        Err(libc::EINTR) => Attempt::WouldBlock,
        Err(_) => Attempt::Failed,
    }
}

/// Returns the number of an error.
fn write_nowait(bytes: &[u8]) -> Result<usize, c_int> {
    let piece = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // The position to write at, in one word or two: none.
    const HERE: c_long = -1;
    // SAFETY: one piece, valid for its length, which is only read.
    let written = unsafe {
        libc::syscall(
            libc::SYS_pwritev2,
            libc::STDERR_FILENO,
            &raw const piece,
            1_usize,
            HERE,
            HERE,
            NOWAIT,
        )
    };
    usize::try_from(written).map_err(|_| last_error())
}

/// Whether the error means that the stream is full, or that it does not know the flag. A file may
/// be "full" for ever: some return that when they would have to read first.
fn does_not_wait_otherwise(error: c_int) -> bool {
    matches!(
        error,
        libc::EAGAIN | libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL | libc::EPERM | libc::ESPIPE
    )
}

fn by_kind(bytes: &[u8], error: c_int, wait: &mut Wait) -> Attempt {
    if let Some(attempt) = send(bytes) {
        return attempt;
    }
    if is_pipe() {
        return if error == libc::EAGAIN {
            Attempt::WouldBlock
        } else {
            splice(bytes).unwrap_or_else(|| by_thread(bytes, wait))
        };
    }
    match Modes::of_stderr() {
        None => write(bytes),
        Some(modes) => write_lines(modes.is_raw(), bytes, |bytes| write_to_terminal(bytes, wait)),
    }
}

fn write_to_terminal(bytes: &[u8], wait: &mut Wait) -> Attempt {
    match write_reopened(bytes) {
        Ok(attempt) => attempt,
        // The other end is closed.
        Err(libc::EIO | libc::ENXIO) => Attempt::Failed,
        Err(_) => by_thread(bytes, wait),
    }
}

/// `None` when it is no socket.
fn send(bytes: &[u8]) -> Option<Attempt> {
    const FLAGS: c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    let nowhere = core::ptr::null::<u8>();
    // SAFETY: the buffer is valid for its length; the socket is connected, or refuses.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_sendto,
            libc::STDERR_FILENO,
            bytes.as_ptr(),
            bytes.len(),
            FLAGS,
            nowhere,
            0,
        )
    } as isize;
    (sent >= 0 || last_error() != libc::ENOTSOCK).then(|| Attempt::of(sent))
}

fn is_pipe() -> bool {
    // SAFETY: only reads the size.
    unsafe { libc::fcntl(libc::STDERR_FILENO, libc::F_GETPIPE_SZ) >= 0 }
}

/// How much of the bytes written to stderr is not read yet, as far as the system knows.
pub(super) fn unread() -> c_int {
    // The second request has one number for terminals and sockets.
    let request = if is_pipe() { libc::FIONREAD } else { libc::TIOCOUTQ };
    let mut unread: c_int = 0;
    // SAFETY: the request writes a number.
    if unsafe { terminal::ask(request, (&raw mut unread).cast()) } { unread } else { 0 }
}

/// Fills a private pipe and passes its contents on: that call takes the flag in every kernel.
/// `None` when the system refuses it.
fn splice(bytes: &[u8]) -> Option<Attempt> {
    const NONBLOCK: c_int = 2;
    let (reader, writer) = pipe()?;
    File::from(writer).write_all(bytes).ok()?;
    let nowhere = core::ptr::null::<u8>();
    // SAFETY: both are pipes, which have no position to write at.
    let moved = unsafe {
        libc::syscall(
            libc::SYS_splice,
            reader.as_raw_fd(),
            nowhere,
            libc::STDERR_FILENO,
            nowhere,
            bytes.len(),
            NONBLOCK,
        )
    };
    match Attempt::of(moved as isize) {
        Attempt::Failed if last_error() != libc::EPIPE => None,
        attempt => Some(attempt),
    }
}

fn pipe() -> Option<(OwnedFd, OwnedFd)> {
    let mut ends: [c_int; 2] = [-1; 2];
    // SAFETY: there is room for two descriptors.
    let answer = unsafe { libc::syscall(libc::SYS_pipe2, ends.as_mut_ptr(), libc::O_CLOEXEC) };
    if answer != 0 || ends.contains(&-1) {
        return None;
    }
    // SAFETY: the kernel has just opened them.
    Some(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

/// Returns the number of an error, 0 for one that has none.
fn write_reopened(bytes: &[u8]) -> Result<Attempt, c_int> {
    match terminal::write(bytes).map_err(|error| error.raw_os_error().unwrap_or_default()) {
        Ok(0) => Ok(Attempt::Failed),
        Ok(length) => Ok(Attempt::Wrote(length)),
        Err(libc::EAGAIN | libc::EINTR) => Ok(Attempt::WouldBlock),
        Err(error) => Err(error),
    }
}
