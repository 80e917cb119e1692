//! The terminal that stderr may be.

#[cfg(feature = "resources")]
use super::mask::while_blocked;
use crate::sys::Terminal;
use core::ffi::c_int;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

/// What a terminal has that does not tell its width.
const USUAL_COLUMNS: usize = 80;

/// How the terminal treats what is written to it and typed at it.
#[derive(Clone, Copy)]
pub(super) struct Modes(libc::termios);

impl Modes {
    /// `None` when stderr is no terminal.
    pub(super) fn of_stderr() -> Option<Self> {
        // SAFETY: all zeroes is a valid value. What is written to it is not larger: the kernel's
        // own has the same fields, and fewer control characters.
        unsafe {
            let mut modes: libc::termios = core::mem::zeroed();
            get_modes(&raw mut modes).then_some(Self(modes))
        }
    }

    /// Whether a line end does not return the cursor to the first column.
    pub(super) fn is_raw(self) -> bool {
        self.0.c_oflag & libc::OPOST == 0
    }

    fn have_signal_keys(self) -> bool {
        self.0.c_lflag & libc::ISIG != 0
    }
}

/// The terminal, if stderr is one.
pub(crate) fn terminal() -> Option<Terminal> {
    let modes = Modes::of_stderr()?;
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the request writes one value of that type. Zero columns are no answer either.
    unsafe { ask(libc::TIOCGWINSZ, (&raw mut size).cast()) };
    let columns: usize = if size.ws_col == 0 { USUAL_COLUMNS } else { size.ws_col.into() };
    Some(Terminal {
        columns: columns - 1,
        is_foreground: foreground_group() == Some(process_group()),
        has_signal_keys: modes.have_signal_keys(),
    })
}

/// The processes that the terminal belongs to at present.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn foreground_group() -> Option<c_int> {
    let mut group: c_int = 0;
    // SAFETY: the request writes one value of that type.
    unsafe { ask(libc::TIOCGPGRP, (&raw mut group).cast()) }.then_some(group)
}

/// The processes that the terminal belongs to at present.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn foreground_group() -> Option<c_int> {
    // SAFETY: it has no preconditions.
    let group = unsafe { libc::tcgetpgrp(libc::STDERR_FILENO) };
    (group != -1).then_some(group)
}

/// Writes to the terminal as much as it takes without waiting; `false` when that is not all.
pub(crate) fn draw(bytes: &[u8]) -> bool {
    write(bytes).is_ok_and(|written| written == bytes.len())
}

/// The same; how much was written. The terminal is opened for this write alone, so that it changes
/// nothing for other processes.
#[inline(never)]
pub(super) fn write(bytes: &[u8]) -> io::Result<usize> {
    OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path()?)?
        .write(bytes)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may have no name")]
fn path() -> io::Result<&'static str> {
    Ok("/proc/self/fd/2")
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn path() -> io::Result<String> {
    let mut name = [0_u8; 128];
    // SAFETY: the buffer has the length that is told.
    let error =
        unsafe { libc::ttyname_r(libc::STDERR_FILENO, name.as_mut_ptr().cast(), name.len()) };
    let name = core::ffi::CStr::from_bytes_until_nul(&name).ok().filter(|_| error == 0);
    let name = name.and_then(|name| name.to_str().ok()).filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| io::ErrorKind::NotFound.into())
}

// By system call where the numbers are stable: each name of libc costs every program instructions
// at its start.

/// # Safety
///
/// The request must write no more than there is room at `answer`.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) unsafe fn ask(request: libc::Ioctl, answer: *mut libc::c_void) -> bool {
    // SAFETY: as the caller promises. A stream that does not know the request refuses it.
    unsafe { libc::syscall(libc::SYS_ioctl, libc::STDERR_FILENO, request, answer) == 0 }
}

/// How the crate `libc` declares requests, which are not of the type of the parameter everywhere.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "illumos")))]
type Request = core::ffi::c_ulong;
#[cfg(target_os = "illumos")]
type Request = c_int;

/// # Safety
///
/// The request must write no more than there is room at `answer`.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
unsafe fn ask(request: Request, answer: *mut libc::c_void) -> bool {
    // SAFETY: as the caller promises. A stream that does not know the request refuses it.
    unsafe { libc::ioctl(libc::STDERR_FILENO, request as _, answer) == 0 }
}

/// # Safety
///
/// There must be room for the modes.
#[cfg(any(target_os = "linux", target_os = "android"))]
unsafe fn get_modes(modes: *mut libc::termios) -> bool {
    // SAFETY: as the caller promises.
    unsafe { ask(libc::TCGETS, modes.cast()) }
}

/// # Safety
///
/// There must be room for the modes.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
unsafe fn get_modes(modes: *mut libc::termios) -> bool {
    // SAFETY: as the caller promises.
    unsafe { libc::tcgetattr(libc::STDERR_FILENO, modes) == 0 }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn process_group() -> c_int {
    // SAFETY: `getpgid` has no preconditions; 0 is the calling process.
    unsafe { libc::syscall(libc::SYS_getpgid, 0) as c_int }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn process_group() -> c_int {
    // SAFETY: `getpgrp` has no preconditions.
    unsafe { libc::getpgrp() }
}

/// Does the work while SIGTTOU is blocked on the calling thread. The kernel stops a process that
/// changes its terminal from the background, unless that signal is blocked; a process may come to
/// the background at any moment. Async-signal-safe, if the work is.
#[cfg(feature = "resources")]
pub(crate) fn without_sigttou<T>(work: impl FnOnce() -> T) -> T {
    while_blocked([libc::SIGTTOU], work)
}
