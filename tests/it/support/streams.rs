//! Pipes, sockets and terminals that become a stream of a program.

use exitmacro_testing::open_terminal;
use std::fs::File;
use std::io::{Write, pipe};
use std::os::fd::{AsRawFd, OwnedFd};
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

pub(crate) fn full_terminal() -> Ends {
    let (master, end) = open_terminal();
    (master, full(end))
}

/// A terminal whose user has pressed Ctrl-S.
pub(crate) fn stopped_terminal() -> Ends {
    let (master, end) = open_terminal();
    // SAFETY: the descriptor is open.
    assert_eq!(unsafe { libc::tcflow(end.as_raw_fd(), libc::TCOOFF) }, 0);
    (master, end)
}
