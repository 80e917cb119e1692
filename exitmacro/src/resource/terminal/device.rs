//! The terminal of the process, by a descriptor of its own, and its modes.
//!
//! All but [`Device::open`] is async-signal-safe: rustix makes system calls and nothing else.

use crate::handler::clock::Moment;
use crate::resource::place::{Identity, identity_of};
use crate::sys;
use core::time::Duration;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, isatty, tcflush,
    tcgetattr, tcgetpgrp, tcsetattr,
};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

/// An open terminal. It is opened for this crate alone, so that a write that does not wait changes
/// nothing for other processes, and the program may close or redirect its own streams.
#[derive(Debug)]
pub(super) struct Device {
    file: File,
    identity: Identity,
    /// Whether it is the controlling terminal of this process. The kernel gives such a terminal to
    /// one process group at a time.
    is_controlling: bool,
}

impl Device {
    /// The terminal that controls the process; without one, the first of stdout, stderr and stdin
    /// that is a terminal.
    pub(super) fn open() -> io::Result<Option<Self>> {
        let (stdout, stderr, stdin) = (io::stdout(), io::stderr(), io::stdin());
        let file = match open_new("/dev/tty") {
            Ok(file) => Some(file),
            Err(_) => [stdout.as_fd(), stderr.as_fd(), stdin.as_fd()]
                .into_iter()
                .find(|stream| isatty(stream))
                .map(open_again)
                .transpose()?,
        };
        file.map(Self::of).transpose()
    }

    fn of(file: File) -> io::Result<Self> {
        let identity = identity_of(&file)?;
        let is_controlling = tcgetpgrp(&file).is_ok();
        Ok(Self { file, identity, is_controlling })
    }

    /// Whether it is still the terminal of the calling process: a daemon leaves it, and closes all
    /// descriptors.
    pub(super) fn is_of_this_process(&self) -> bool {
        identity_of(&self.file).is_ok_and(|identity| identity == self.identity)
            && tcgetpgrp(&self.file).is_ok() == self.is_controlling
    }

    /// Whether the calling process may change it: another one has it while this one is in the
    /// background.
    pub(super) fn is_at_hand(&self) -> bool {
        self.is_of_this_process()
            && (!self.is_controlling || tcgetpgrp(&self.file) == Ok(getpgrp()))
    }

    pub(super) fn modes(&self) -> io::Result<Modes> {
        Ok(Modes(tcgetattr(&self.file)?))
    }

    /// Sets the modes now, without a wait for what was written. With `without_input`, drops what
    /// was typed and not read.
    pub(super) fn set(&self, modes: &Modes, without_input: bool) -> io::Result<()> {
        sys::without_sigttou(|| {
            tcsetattr(&self.file, OptionalActions::Now, &modes.0)?;
            if without_input {
                tcflush(&self.file, QueueSelector::IFlush)?;
            }
            Ok(())
        })
    }

    /// Writes all, unless the terminal does not take it in time.
    pub(super) fn write(&self, bytes: &[u8], timeout: Duration) {
        let end = Moment::now().plus(timeout);
        sys::without_sigttou(|| {
            let mut rest = bytes;
            while !rest.is_empty() && self.waits_for_room(end) {
                match rustix::io::write(&self.file, rest) {
                    Ok(written) => rest = &rest[written..],
                    Err(Errno::INTR | Errno::AGAIN) => {}
                    Err(_) => return,
                }
            }
        });
    }

    /// Waits until the terminal takes something, or is gone.
    fn waits_for_room(&self, end: Moment) -> bool {
        loop {
            let left = end.since(Moment::now());
            let left = Timespec::try_from(left).unwrap_or_default();
            let room = poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], Some(&left));
            match room {
                Ok(0) | Err(Errno::INTR) if end <= Moment::now() => return false,
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return true,
                Err(_) => return false,
            }
        }
    }
}

/// Opens a terminal so that a write to it never waits.
fn open_new(path: &str) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(open(path, flags, Mode::empty())?))
}

/// Opens the terminal behind a stream. If its name means nothing here, as in some containers, or
/// belongs to another user, the descriptor is copied: a write to that copy waits for room before.
fn open_again(stream: BorrowedFd<'_>) -> io::Result<File> {
    let opened = name_of(stream).and_then(|name| open_new(&name));
    opened.or_else(|_| Ok(File::from(stream.try_clone_to_owned()?)))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may have no name")]
fn name_of(stream: BorrowedFd<'_>) -> io::Result<String> {
    use std::os::fd::AsRawFd;
    Ok(format!("/proc/self/fd/{}", stream.as_raw_fd()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn name_of(stream: BorrowedFd<'_>) -> io::Result<String> {
    let name = rustix::termios::ttyname(stream, Vec::new())?;
    name.into_string().map_err(io::Error::other)
}

/// What the terminal does with keys and with text.
#[derive(Clone, Debug)]
pub(super) struct Modes(Termios);

impl Modes {
    /// Whether the program gets each key at once, as programs do that fill the screen.
    pub(super) fn is_raw(&self) -> bool {
        !self.0.local_modes.contains(LocalModes::ICANON)
    }
}

/// Of the keys and limits, those that all systems have.
const CODES: [SpecialCodeIndex; 11] = [
    SpecialCodeIndex::VINTR,
    SpecialCodeIndex::VQUIT,
    SpecialCodeIndex::VERASE,
    SpecialCodeIndex::VKILL,
    SpecialCodeIndex::VEOF,
    SpecialCodeIndex::VEOL,
    SpecialCodeIndex::VSTART,
    SpecialCodeIndex::VSTOP,
    SpecialCodeIndex::VSUSP,
    SpecialCodeIndex::VMIN,
    SpecialCodeIndex::VTIME,
];

impl PartialEq for Modes {
    fn eq(&self, other: &Self) -> bool {
        // What the system notes there by itself.
        let state = LocalModes::PENDIN | LocalModes::FLUSHO;
        let (one, two) = (&self.0, &other.0);
        one.input_modes == two.input_modes
            && one.output_modes == two.output_modes
            && one.control_modes == two.control_modes
            && one.local_modes - state == two.local_modes - state
            && CODES.iter().all(|&code| one.special_codes[code] == two.special_codes[code])
    }
}
