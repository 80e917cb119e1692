//! A pseudo-terminal, on which a program runs.

use rustix::fs::{self, Mode, OFlags};
use rustix::process;
use rustix::pty::{grantpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::{mem, thread};

/// Both ends of a pseudo-terminal: the one that a user sees, and the one that a program writes to.
#[derive(Debug)]
pub(crate) struct Pty {
    user: File,
    program: OwnedFd,
}

impl Pty {
    /// A terminal of 24 lines.
    pub(crate) fn open() -> Self {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let (user, program) = open_terminal();
        tcsetwinsize(&user, size).expect("a terminal has a size");
        Self { user: user.into(), program }
    }

    /// Whether it echoes, waits for whole lines, turns Ctrl-C into a signal, and so on.
    pub(crate) fn modes(&self) -> [libc::tcflag_t; 4] {
        // SAFETY: all zeros is a value, and the pointer is to it.
        let modes = unsafe {
            let mut modes: libc::termios = mem::zeroed();
            assert_eq!(libc::tcgetattr(self.program.as_raw_fd(), &raw mut modes), 0);
            modes
        };
        [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
    }

    /// Starts the program with this terminal as its own.
    pub(crate) fn spawn(&self, mut command: Command) -> Child {
        let end = || self.program.try_clone().expect("a descriptor can be copied");
        command.stdin(end()).stdout(end()).stderr(end());
        // SAFETY: only system calls, which may be made after a fork.
        unsafe { command.pre_exec(|| belong_to_terminal(0)) };
        command.spawn().expect("the program starts")
    }

    /// The end that the user types into, and what it shows. That ends when no process has the other
    /// end, nor this value.
    pub(crate) fn user(&self) -> (File, mpsc::Receiver<Vec<u8>>) {
        let end = || self.user.try_clone().expect("a descriptor can be copied");
        (end(), shown_on(end()))
    }
}

/// A new pseudo-terminal: the end of its user, and that of a program. Other programs that this
/// process starts do not inherit the ends.
///
/// # Panics
///
/// When the system has none.
#[must_use]
pub fn open_terminal() -> (OwnedFd, OwnedFd) {
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: no preconditions.
    let user = unsafe { libc::posix_openpt(flags) };
    assert!(user >= 0, "a terminal opens: {}", io::Error::last_os_error());
    // SAFETY: it is open, and no other value owns it.
    let user = unsafe { OwnedFd::from_raw_fd(user) };
    let name = grantpt(&user)
        .and_then(|()| unlockpt(&user))
        .and_then(|()| ptsname(&user, Vec::new()))
        .expect("the terminal is unlocked");
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    (user, fs::open(name, flags, Mode::empty()).expect("its other end opens"))
}

/// Makes the terminal that this descriptor leads to the one that the calling process belongs to,
/// which leads a session of its own from here on. Async-signal-safe.
///
/// # Errors
///
/// Where the process leads a group already, or the descriptor leads to no terminal.
pub fn belong_to_terminal(descriptor: RawFd) -> io::Result<()> {
    process::setsid()?;
    // SAFETY: only for this call, which fails where it is not open.
    let terminal = unsafe { BorrowedFd::borrow_raw(descriptor) };
    Ok(process::ioctl_tiocsctty(terminal)?)
}

/// What a terminal shows, as it comes, by the end that its user sees. It ends when no process has
/// the other end.
#[must_use]
pub fn shown_on(mut user: File) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut buffer, mut has_failed) = ([0; 4096], false);
        loop {
            match user.read(&mut buffer) {
                Ok(count) if count > 0 => {
                    has_failed = false;
                    _ = sender.send(buffer[..count].to_vec());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Linux returns an error when the other end is closed. The first one may come
                // before the last text: in 1 of 100,000 ends of a program on a busy machine.
                _ if !has_failed => has_failed = true,
                _ => return,
            }
        }
    });
    receiver
}
