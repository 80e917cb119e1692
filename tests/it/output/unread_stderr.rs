//! A line on a stderr that is not read delays the end by a fixed time. The kind of stderr, signals
//! and other writers make no difference.

use crate::support::{
    Ends, full_pipe, full_socket, full_terminal, open_terminal, scenario, set_nonblocking,
    stopped_terminal,
};
use std::fs::File;
use std::io::{Read, Write, pipe};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

const SYSTEMS: &[&str] = if cfg!(target_os = "linux") {
    &["all calls", "no pwritev2", "no pwritev2, no opening"]
} else {
    &["all calls"]
};

/// Whether the program could do it: some machines do not let a program filter its system calls.
#[track_caller]
fn run(meanwhile: &str, system: &str, stderr: OwnedFd) -> bool {
    let ended = scenario!("unread_stderr").arg(meanwhile).arg(system).stderr(stderr).run();
    if ended.is_left_out() {
        return false;
    }
    assert_eq!((ended.code(), ended.stdout.as_str()), (3, ""), "{ended:?}");
    // Far below the limit of the harness, which a program that waits for a reader would reach.
    assert!(ended.took < Duration::from_secs(20), "{ended:?}");
    true
}

fn is_nonblocking(descriptor: &impl AsRawFd) -> bool {
    // SAFETY: the descriptor is open.
    unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_GETFL) & libc::O_NONBLOCK != 0 }
}

/// Whether there is something to read. A terminal may take some time to pass it on.
fn is_readable(descriptor: &impl AsRawFd) -> bool {
    let mut request = libc::pollfd { fd: descriptor.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one request, valid and writable.
    unsafe { libc::poll(&raw mut request, 1, 10_000) == 1 }
}

fn full_pipe_that_does_not_block() -> Ends {
    let (reader, writer) = full_pipe();
    set_nonblocking(&writer, true);
    (reader, writer)
}

/// With room for a part of a line.
fn nearly_full_terminal() -> Ends {
    let (master, end) = full_terminal();
    File::from(master.try_clone().expect("descriptors are left"))
        .read_exact(&mut [0; 300])
        .expect("it is full");
    (master, end)
}

type Open = fn() -> Ends;

const STREAMS: [(&str, Open); 6] = [
    ("pipe", full_pipe),
    ("pipe that does not block", full_pipe_that_does_not_block),
    ("socket", full_socket),
    ("terminal", full_terminal),
    ("nearly full terminal", nearly_full_terminal),
    ("stopped terminal", stopped_terminal),
];

#[test]
fn a_line_that_is_not_read_is_dropped_whatever_stderr_is() {
    for (stream, open) in STREAMS {
        for &system in SYSTEMS {
            eprintln!("{stream}, {system}");
            let (reader, writer) = open();
            let before = is_nonblocking(&writer);
            let kept = writer.try_clone().expect("descriptors are left");
            run("nothing", system, writer);
            assert_eq!(is_nonblocking(&kept), before, "the mode of {stream} belongs to others too");
            drop(reader);
        }
    }
}

#[test]
fn signals_do_not_prolong_the_wait() {
    for meanwhile in ["a timer that restarts calls", "a storm of signals"] {
        for (stream, open) in STREAMS {
            eprintln!("{stream}, {meanwhile}");
            let (_reader, writer) = open();
            run(meanwhile, "all calls", writer);
        }
        let (_reader, writer) = full_pipe();
        run(meanwhile, SYSTEMS[SYSTEMS.len() - 1], writer);
    }
}

#[test]
fn a_line_arrives_at_every_kind_of_reader() {
    let open_pipe: Open =
        || pipe().map(|(reader, writer)| (reader.into(), writer.into())).expect("a pipe opens");
    let open_socket: Open = || {
        UnixStream::pair()
            .map(|(reader, writer)| (reader.into(), writer.into()))
            .expect("two sockets")
    };
    for (open, is_terminal) in [(open_pipe, false), (open_socket, false), (open_terminal, true)] {
        for &system in SYSTEMS {
            let (reader, writer) = open();
            let kept = writer.try_clone().expect("descriptors are left");
            if !run("nothing", system, writer) {
                continue;
            }
            assert!(is_readable(&reader), "{system}: nothing was written");
            let mut text = [0; 4096];
            let length = File::from(reader).read(&mut text).expect("something was written");
            let text = String::from_utf8_lossy(&text[..length]).into_owned();
            assert!(
                text.starts_with("exitmacro: handler `hangs`")
                    && text.ends_with(if is_terminal { "\r\n" } else { "\n" }),
                "{system}: {text:?}"
            );
            drop(kept);
        }
    }
}

#[test]
fn a_file_takes_a_line_at_its_end() {
    for &system in SYSTEMS {
        let mut file = tempfile::tempfile().expect("a file can be made");
        file.write_all(b"before\n").expect("it can be written");
        if !run("nothing", system, file.try_clone().expect("descriptors are left").into()) {
            continue;
        }
        let mut text = String::new();
        std::io::Seek::rewind(&mut file).expect("it is a file");
        file.read_to_string(&mut text).expect("it can be read");
        assert!(
            text.starts_with("before\nexitmacro: handler `hangs`") && text.lines().count() == 2,
            "{system}: {text:?}"
        );
    }
}

/// A pipe with room for one page.
#[cfg(target_os = "linux")]
fn small_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, writer) = pipe().expect("a pipe opens");
    // SAFETY: the descriptor is open.
    let size = unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, 4096) };
    assert!(size >= 4096, "a pipe may be small");
    (reader, writer)
}

#[cfg(target_os = "linux")]
#[test]
fn processes_that_share_a_pipe_do_not_block_each_other() {
    for _ in 0..20 {
        let (_reader, writer) = small_pipe();
        let (start, starter) = pipe().expect("a pipe opens");
        let mut programs = Vec::new();
        for _ in 0..6 {
            let (start, writer) = (
                start.try_clone().expect("descriptors are left"),
                writer.try_clone().expect("descriptors are left"),
            );
            let program = scenario!("unread_stderr").arg("others write too").arg("all calls");
            programs.push(program.stdin(start).stderr(writer).start());
        }
        drop(starter);
        for program in programs {
            assert_eq!(program.end().code(), 3);
        }
    }
}
