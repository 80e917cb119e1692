//! A pseudo-terminal, on which a program runs.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
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
        let size = libc::winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let (user, program) = open_terminal();
        // SAFETY: the descriptor is open, and what is passed has the type that is expected.
        let result = unsafe { libc::ioctl(user.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
        assert_eq!(result, 0, "{}", io::Error::last_os_error());
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
        unsafe { command.pre_exec(make_it_the_terminal) };
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
    // SAFETY: no preconditions; the name has the length that is passed.
    unsafe {
        let master = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
        assert!(
            master >= 0 && libc::grantpt(master) == 0 && libc::unlockpt(master) == 0,
            "a terminal opens"
        );
        let mut name = [0; 64];
        assert_eq!(libc::ptsname_r(master, name.as_mut_ptr(), name.len()), 0);
        let end = libc::open(name.as_ptr(), libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
        assert!(end >= 0, "its other end opens");
        (OwnedFd::from_raw_fd(master), OwnedFd::from_raw_fd(end))
    }
}

fn make_it_the_terminal() -> io::Result<()> {
    // SAFETY: neither call has preconditions.
    let made = unsafe { libc::setsid() != -1 && libc::ioctl(0, libc::TIOCSCTTY, 0) != -1 };
    if made { Ok(()) } else { Err(io::Error::last_os_error()) }
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
