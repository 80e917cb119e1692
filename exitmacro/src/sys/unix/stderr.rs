//! Writes to stderr without failing, hanging or changing the stream.
//!
//! The stream is shared: other processes hold the same pipe or terminal, and they may fill it
//! between a look at it and the write. So the write itself must not wait, and must not change the
//! mode of the stream, which is theirs too. Each platform has an `attempt` that never waits longer
//! than its limit; this file decides how often it is made.

#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "stderr_nowait.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "stderr_by_kind.rs")]
mod nowait;

#[path = "stderr_thread.rs"]
mod thread;

pub(crate) use thread::forget_writer;

use super::mask::{is_pending, take, while_blocked};
use super::{last_error, monotonic_nanoseconds, wait_a_moment};
use crate::times::{ALL_LINES_TIMEOUT, LINE_TIMEOUT, LINE_TIMEOUT_IN_SIGNAL_HANDLER};
use core::ffi::c_int;
use core::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How long all lines together may wait: a reader that takes one line at a time, each just in time,
/// does not hold up the end either.
static LINES_LEFT: AtomicU64 = AtomicU64::new(ALL_LINES_TIMEOUT.as_nanos() as u64);

/// The result of one attempt.
#[derive(Debug, PartialEq)]
enum Attempt {
    /// So many bytes are written.
    Wrote(usize),
    /// The stream is full for now.
    WouldBlock,
    /// The stream is broken, or is not read in time.
    Failed,
}

impl Attempt {
    /// Reads the result of a call such as `write`, right after it.
    #[inline(never)]
    fn of(written: isize) -> Self {
        match written {
            1.. => Self::Wrote(written.cast_unsigned()),
            0 => Self::Failed,
            _ => match last_error() {
                libc::EAGAIN | libc::EINTR => Self::WouldBlock,
                _ => Self::Failed,
            },
        }
    }
}

/// How long one line may still wait.
#[derive(Default)]
struct Wait {
    /// When it started to wait, and when the line is dropped.
    times: Option<(u64, u64)>,
    looks: u32,
    /// No thread may be started there.
    in_signal_handler: bool,
}

impl Wait {
    /// When the line is dropped, if it starts to wait now.
    fn end(&mut self) -> u64 {
        let from_now = || {
            let now = monotonic_nanoseconds();
            let timeout =
                if self.in_signal_handler { LINE_TIMEOUT_IN_SIGNAL_HANDLER } else { LINE_TIMEOUT };
            let timeout = timeout.as_nanos() as u64;
            (now, now + timeout.min(LINES_LEFT.load(Relaxed)))
        };
        self.times.get_or_insert_with(from_now).1
    }

    /// Waits until the stream may have room. `false` when no time is left, or there is no stream.
    /// Signals that arrive meanwhile change nothing: the clock decides.
    fn wait(&mut self) -> bool {
        let end = self.end();
        // The stream reported room, and had none: other processes write to it as well.
        if self.looks > 0 {
            wait_a_moment();
        }
        self.looks += 1;
        loop {
            let left = end.saturating_sub(monotonic_nanoseconds());
            if left == 0 {
                LINES_LEFT.store(0, Relaxed);
                return false;
            }
            match poll(left.div_ceil(1_000_000) as c_int) {
                Ok(0) => {}
                Ok(events) => return events & libc::POLLNVAL == 0,
                Err(libc::EINTR) => {}
                // Without an answer, only time decides.
                Err(_) => {
                    wait_a_moment();
                    return true;
                }
            }
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some((begin, _)) = self.times {
            let waited = monotonic_nanoseconds().saturating_sub(begin);
            _ = LINES_LEFT.fetch_update(Relaxed, Relaxed, |left| Some(left.saturating_sub(waited)));
        }
    }
}

/// What the stream is ready for, after at most `milliseconds`; or the number of an error.
fn poll(milliseconds: c_int) -> Result<i16, c_int> {
    poll_of(libc::STDERR_FILENO, milliseconds)
}

#[inline(never)]
fn poll_of(fd: c_int, milliseconds: c_int) -> Result<i16, c_int> {
    let mut request = libc::pollfd { fd, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one request, valid and writable.
    if unsafe { libc::poll(&raw mut request, 1, milliseconds) } < 0 {
        Err(last_error())
    } else {
        Ok(request.revents)
    }
}

/// Writes lines to a terminal. One that is raw leaves the cursor where it is at a line end, so that
/// each gets what returns it to the first column.
fn write_lines(is_raw: bool, bytes: &[u8], mut write: impl FnMut(&[u8]) -> Attempt) -> Attempt {
    match bytes.iter().position(|&byte| byte == b'\n').filter(|_| is_raw) {
        None => write(bytes),
        Some(0) => match write(b"\r\n") {
            // To be written once more, with the rest.
            Attempt::Wrote(1) => Attempt::WouldBlock,
            Attempt::Wrote(_) => Attempt::Wrote(1),
            other => other,
        },
        Some(end) => write(&bytes[..end]),
    }
}

/// A write by a thread, for a stream that could make the calling thread wait.
fn by_thread(bytes: &[u8], wait: &mut Wait) -> Attempt {
    match poll(0) {
        Ok(0) => Attempt::WouldBlock,
        _ => thread::write(bytes, wait),
    }
}

/// A plain write, for a stream that never waits for a reader.
#[inline(never)]
fn write(bytes: &[u8]) -> Attempt {
    // SAFETY: the buffer is valid for its length.
    Attempt::of(unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) })
}

pub(crate) fn write_stderr(bytes: &[u8]) {
    undisturbed(|| {
        // At most a page at a time: a pipe takes that as a whole, or not at all.
        _ = bytes.chunks(4096).try_for_each(|page| write_page(page, Wait::default()));
    });
}

/// The same in an OS handler of a signal: async-signal-safe, with shorter limits.
#[cfg(any(feature = "signals", target_os = "linux", target_os = "android"))]
pub(crate) fn write_stderr_in_signal_handler(bytes: &[u8]) {
    undisturbed(|| _ = write_page(bytes, Wait { in_signal_handler: true, ..Wait::default() }));
}

/// Whether stdout can take some bytes right now.
pub(crate) fn stdout_has_room() -> bool {
    poll_of(libc::STDOUT_FILENO, 0).is_ok_and(|events| events == libc::POLLOUT)
}

/// Whether the stream takes what is written to it, or is broken, without a longer wait for a reader
/// than that.
///
/// A stream may have only little room: part of the earlier text is not read yet, and other
/// processes write to it as well. So it counts as having room when all was read.
pub(crate) fn stderr_has_room(timeout: Duration) -> bool {
    let end = monotonic_nanoseconds() + timeout.as_nanos() as u64;
    loop {
        let left = end.saturating_sub(monotonic_nanoseconds());
        match poll(left.div_ceil(1_000_000) as c_int) {
            Ok(libc::POLLOUT) if nowait::unread() > 0 && left == 0 => return false,
            Ok(libc::POLLOUT) if nowait::unread() > 0 => wait_a_moment(),
            Ok(0) if left == 0 => return false,
            Ok(0) => {}
            Err(libc::EINTR) if left > 0 => {}
            Ok(_) | Err(_) => return true,
        }
    }
}

/// Writes all bytes, unless the stream is broken or not read in time. Errors are ignored: there is
/// no stream left to report them on.
fn write_page(bytes: &[u8], mut wait: Wait) -> Option<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match nowait::attempt(rest, &mut wait) {
            Attempt::Wrote(length) => {
                rest = rest.get(length..).unwrap_or_default();
            }
            Attempt::WouldBlock if wait.wait() => {}
            Attempt::WouldBlock | Attempt::Failed => return None,
        }
    }
    Some(())
}

/// Runs `write` so that a closed pipe is an error of `write(2)` and not the end of the process, and
/// a terminal whose `tostop` is set does not stop the process in the background: it could not end
/// then. Rust executables ignore `SIGPIPE`, but a C program that loaded this crate may not.
fn undisturbed(write: impl FnOnce()) {
    let was_pending = is_pending(libc::SIGPIPE);
    while_blocked([libc::SIGPIPE, libc::SIGTTOU], || {
        write();
        // A `SIGPIPE` that was pending before stays pending; one that the write raised is removed,
        // so that it is not delivered when the mask is restored.
        if !was_pending && is_pending(libc::SIGPIPE) {
            take(libc::SIGPIPE);
        }
    });
}
