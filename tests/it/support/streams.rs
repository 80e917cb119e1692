//! Pipes, sockets and terminals that become a stream of a program.

use std::fs::File;
use std::io::{Write, pipe};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// The other end, which is not read and must stay open during the test; and the end that becomes a
/// stream of the program.
pub(crate) type Ends = (OwnedFd, OwnedFd);

pub(crate) fn set_nonblocking(descriptor: &impl AsRawFd, nonblocking: bool) {
    let flags = if nonblocking { libc::O_NONBLOCK } else { 0 };
    // SAFETY: the descriptor is open.
    assert_eq!(unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFL, flags) }, 0);
}

/// Writes until no byte more is taken.
fn fill(mut writer: &File) {
    set_nonblocking(writer, true);
    for size in [4096, 64, 1] {
        while writer.write(&[b'.'; 4096][..size]).is_ok() {}
    }
    set_nonblocking(writer, false);
}

fn full(writer: OwnedFd) -> OwnedFd {
    let writer = File::from(writer);
    fill(&writer);
    writer.into()
}

pub(crate) fn full_pipe() -> Ends {
    let (reader, writer) = pipe().expect("a pipe opens");
    (reader.into(), full(writer.into()))
}

pub(crate) fn full_socket() -> Ends {
    let (reader, writer) = UnixStream::pair().expect("two sockets");
    (reader.into(), full(writer.into()))
}

pub(crate) fn terminal() -> Ends {
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

pub(crate) fn full_terminal() -> Ends {
    let (master, end) = terminal();
    (master, full(end))
}

/// A terminal whose user has pressed Ctrl-S.
pub(crate) fn stopped_terminal() -> Ends {
    let (master, end) = terminal();
    // SAFETY: the descriptor is open.
    assert_eq!(unsafe { libc::tcflow(end.as_raw_fd(), libc::TCOOFF) }, 0);
    (master, end)
}
