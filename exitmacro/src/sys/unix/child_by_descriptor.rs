//! A child by its `pidfd`, which stays with the process and its group even if the number is reused:
//! Linux 5.4, for groups 6.9. On older kernels, and where a sandbox forbids it, by its number.

use super::{State, reached, send_by_number, state, state_by_number};
use core::ffi::{c_int, c_uint};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const P_PIDFD: libc::idtype_t = 3;

#[derive(Debug)]
pub(crate) struct ChildHandle {
    id: u32,
    descriptor: Option<OwnedFd>,
}

impl ChildHandle {
    /// For use right after the start of the child.
    pub(crate) fn of(id: u32) -> Self {
        // SAFETY: every number is allowed.
        let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) } as c_int;
        // SAFETY: the kernel has just opened it, with close-on-exec.
        let descriptor = (descriptor >= 0).then(|| unsafe { OwnedFd::from_raw_fd(descriptor) });
        let knows = |descriptor: &OwnedFd| {
            state(P_PIDFD, descriptor.as_raw_fd().cast_unsigned(), libc::WNOWAIT).is_ok()
        };
        Self { id, descriptor: descriptor.filter(knows) }
    }

    /// The number of the child, which is also that of the group that it leads.
    #[cfg(feature = "resources")]
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// The descriptor, unless other code has closed it, as daemons do with all open ones.
    fn descriptor(&self) -> Option<&OwnedFd> {
        let is_closed =
            |error: &io::Error| matches!(error.raw_os_error(), Some(libc::EBADF | libc::EINVAL));
        let is_open = |descriptor: &&OwnedFd| {
            !state(P_PIDFD, descriptor.as_raw_fd().cast_unsigned(), libc::WNOWAIT)
                .is_err_and(|error| is_closed(&error))
        };
        self.descriptor.as_ref().filter(is_open)
    }

    fn state(&self, options: c_int) -> io::Result<State> {
        match self.descriptor() {
            Some(descriptor) => state(P_PIDFD, descriptor.as_raw_fd().cast_unsigned(), options),
            None => state(libc::P_PID, self.id, options),
        }
    }

    /// Whether it has ended; then it is reaped.
    pub(super) fn reap(&self) -> io::Result<bool> {
        Ok(self.state(0)? != State::Runs)
    }

    /// The same through the handle of std, which remembers the status, and which also works with
    /// only a number.
    #[cfg(feature = "resources")]
    pub(super) fn has_ended(&self, child: &mut std::process::Child) -> io::Result<bool> {
        match self.descriptor() {
            Some(_) if self.state(libc::WNOWAIT)? == State::Runs => Ok(false),
            // Not by number: that may be another child's.
            Some(_) if self.state(libc::WNOWAIT)? == State::Gone => Ok(true),
            _ => super::ended_by_handle(child),
        }
    }

    /// Its state, where its owner reaps it.
    pub(super) fn state_elsewhere(&self) -> io::Result<State> {
        self.state(libc::WNOWAIT)
    }

    /// Sends to the child. A child that is gone is no error.
    pub(super) fn send(&self, signal: c_int) -> io::Result<()> {
        match self.descriptor() {
            Some(descriptor) => send(descriptor, signal, 0).map(drop),
            None if state_by_number(self.id)? == State::Gone => Ok(()),
            None => send_by_number(self.id, signal),
        }
    }

    /// Sends to all processes of the group that the child leads since its start; 0 only asks.
    /// Returns whether there were any.
    #[cfg(feature = "resources")]
    pub(super) fn send_group(&self, signal: c_int, is_gone: bool) -> io::Result<bool> {
        const PROCESS_GROUP: c_uint = 4;
        let by_descriptor =
            self.descriptor().map(|descriptor| send(descriptor, signal, PROCESS_GROUP));
        match by_descriptor {
            // A kernel that does not know the flag, or a sandbox that rejects it.
            None | Some(Err(_)) => super::send_group_by_number(self.id, signal, is_gone),
            Some(sent) => sent,
        }
    }
}

impl Drop for ChildHandle {
    fn drop(&mut self) {
        if self.descriptor().is_none() {
            // Another file's by now, which must stay open.
            core::mem::forget(self.descriptor.take());
        }
    }
}

fn send(descriptor: &OwnedFd, signal: c_int, flags: c_uint) -> io::Result<bool> {
    // SAFETY: the descriptor is open; without information the signal is as one of `kill`.
    reached(unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            descriptor.as_raw_fd(),
            signal,
            core::ptr::null::<u8>(),
            flags,
        )
    })
}
