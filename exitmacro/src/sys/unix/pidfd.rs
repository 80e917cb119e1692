//! A descriptor of a process, which notices when other code has closed it.

use super::{State, state};
use crate::sys::unix::proc_path::ProcPath;
use core::ffi::{c_int, c_uint};
use core::mem::ManuallyDrop;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

const P_PIDFD: libc::idtype_t = 3;

/// The file system that gives each process an inode of its own: Linux 6.9.
const PID_FS_MAGIC: i128 = 0x5049_4446;

#[derive(Debug)]
pub(super) struct PidFd {
    /// `None` once it was left to other code.
    descriptor: Option<OwnedFd>,
    /// The number of the process.
    id: u32,
    /// The device and the inode, where they are those of the process alone.
    inode: Option<(u64, u64)>,
}

impl PidFd {
    /// Of the process that has that number. `None` on an old kernel, and where a sandbox forbids
    /// it.
    pub(super) fn open(id: u32) -> Option<Self> {
        // SAFETY: every number is allowed.
        let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) } as c_int;
        // SAFETY: the kernel has just opened it, with close-on-exec.
        let descriptor = (descriptor >= 0).then(|| unsafe { OwnedFd::from_raw_fd(descriptor) })?;
        let inode = inode_of_process(descriptor.as_raw_fd());
        let opened = Self { descriptor: Some(descriptor), id, inode };
        opened.wait(libc::WNOWAIT).is_ok().then_some(opened)
    }

    fn number(&self) -> c_int {
        self.descriptor.as_ref().map_or(-1, OwnedFd::as_raw_fd)
    }

    /// Whether it is still open, and no other file has its number: daemons close all descriptors.
    pub(super) fn is_open(&self) -> bool {
        let Some(inode) = self.inode else { return self.is_open_by_number() };
        inode_of(self.number()) == Some(inode)
    }

    /// The same where all descriptors of processes have one inode.
    fn is_open_by_number(&self) -> bool {
        let is_closed =
            |error: &io::Error| matches!(error.raw_os_error(), Some(libc::EBADF | libc::EINVAL));
        let is_pidfd = !self.wait(libc::WNOWAIT).is_err_and(|error| is_closed(&error));
        is_pidfd && shown_process(self.number()).is_none_or(|shown| is_process(&shown, self.id))
    }

    /// The result of `waitid`: [`State::Gone`] also for a process that is no child of this one.
    fn wait(&self, options: c_int) -> io::Result<State> {
        state(P_PIDFD, self.number().cast_unsigned(), options)
    }

    /// The state of the process; without `WNOWAIT` a child that has ended is reaped.
    ///
    /// In a forked child, the children of its parent are siblings, which it cannot wait for.
    pub(super) fn state(&self, options: c_int) -> io::Result<State> {
        match self.wait(options)? {
            State::Gone if !self.is_readable() => Ok(State::Runs),
            State::Gone => Ok(match self.send(0, 0) {
                Ok(true) => State::Ended,
                Err(error) if error.raw_os_error() == Some(libc::EPERM) => State::Ended,
                _ => State::Gone,
            }),
            state => Ok(state),
        }
    }

    /// Whether the process has ended, waited for or not.
    fn is_readable(&self) -> bool {
        let mut asked = libc::pollfd { fd: self.number(), events: libc::POLLIN, revents: 0 };
        // SAFETY: the call gets one structure, which is writable, and does not wait.
        unsafe { libc::poll(&raw mut asked, 1, 0) != 0 }
    }

    /// Sends to the process, or with a flag to its group. Returns whether there was any.
    pub(super) fn send(&self, signal: c_int, flags: c_uint) -> io::Result<bool> {
        // SAFETY: without information the signal is as one of `kill`.
        super::reached(unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.number(),
                signal,
                core::ptr::null::<u8>(),
                flags,
            )
        })
    }
}

impl Drop for PidFd {
    fn drop(&mut self) {
        if !self.is_open() {
            // Another file's by now, which must stay open.
            core::mem::forget(self.descriptor.take());
        }
    }
}

fn inode_of_process(descriptor: c_int) -> Option<(u64, u64)> {
    // SAFETY: all zeroes is valid information, which the call fills in.
    let (result, found) = unsafe {
        let mut found: libc::statfs = core::mem::zeroed();
        (libc::fstatfs(descriptor, &raw mut found), found)
    };
    let kind: i128 = found.f_type.into();
    (result == 0 && kind == PID_FS_MAGIC).then(|| inode_of(descriptor))?
}

fn inode_of(descriptor: c_int) -> Option<(u64, u64)> {
    if descriptor < 0 {
        return None;
    }
    // SAFETY: the file is not dropped, and so closes nothing; the call that gets the number accepts
    // every number.
    let file = ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) });
    file.metadata().ok().map(|found| (found.dev(), found.ino()))
}

/// What `/proc` shows as the number of the process.
fn shown_process(descriptor: c_int) -> Option<String> {
    let shown = std::fs::read_to_string(ProcPath::new(
        "/proc/self/fdinfo/",
        descriptor.cast_unsigned(),
        "",
    ))
    .ok()?;
    let number = shown.lines().find_map(|line| line.strip_prefix("Pid:"))?;
    Some(number.trim().to_owned())
}

/// Whether this is the number of the process, or that of one that was waited for.
fn is_process(shown: &str, id: u32) -> bool {
    shown == "-1" || shown.parse() == Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    fn start() -> (Child, PidFd) {
        let child = Command::new("sleep").arg("1000").spawn().expect("it starts");
        let pidfd = PidFd::open(child.id()).expect("this kernel has descriptors of processes");
        (child, pidfd)
    }

    #[test]
    fn the_number_of_another_childs_descriptor_is_noticed() {
        let [(mut first, mut held), (mut second, other)] = [(); 2].map(|()| start());
        let inodes = [held.inode, None];
        for inode in inodes {
            held.inode = inode;
            assert!(held.is_open());
        }
        // SAFETY: both are open; from here on the number belongs to the second child.
        unsafe { libc::dup2(other.number(), held.number()) };
        for inode in inodes {
            held.inode = inode;
            assert!(!held.is_open(), "{inode:?}");
        }
        for child in [&mut first, &mut second] {
            child.kill().expect("it lives");
            child.wait().expect("it is a child");
        }
    }

    #[test]
    fn a_child_that_was_waited_for_keeps_its_descriptor() {
        let (mut child, mut held) = start();
        child.kill().expect("it lives");
        child.wait().expect("it is a child");
        for inode in [held.inode, None] {
            held.inode = inode;
            assert!(held.is_open() && held.state(libc::WNOWAIT).unwrap() == State::Gone);
        }
    }

    #[test]
    fn the_state_of_a_process_that_is_no_child_is_known() {
        use std::io::{BufRead, BufReader};

        let mut shell = Command::new("sh");
        let script = "sleep 1000 & echo $!; exec >&-; wait";
        let shell = shell.args(["-c", script]).stdout(std::process::Stdio::piped());
        let mut shell = shell.spawn().expect("it starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(shell.stdout.take().expect("it is a pipe"));
        stdout.read_line(&mut line).expect("it prints a line");
        let grandchild = PidFd::open(line.trim().parse().expect("a number")).expect("it lives");
        assert!(grandchild.state(0).unwrap() == State::Runs);
        assert!(grandchild.send(libc::SIGKILL, 0).unwrap());
        shell.wait().expect("it is a child");
        assert!(grandchild.state(0).unwrap() == State::Gone);
    }
}
