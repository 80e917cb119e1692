//! A child by its `pidfd`, which stays with the process and its group even if the number is reused:
//! Linux 5.4, for groups 6.9. On older kernels, and where a sandbox forbids it, by its number.

#[path = "pidfd.rs"]
mod pidfd;

use super::{State, reached, send_by_number, state, state_by_number};
use core::ffi::c_int;
use pidfd::PidFd;
use std::io;

#[derive(Debug)]
pub(crate) struct ChildHandle {
    id: u32,
    descriptor: Option<PidFd>,
}

impl ChildHandle {
    /// For use right after the start of the child.
    pub(crate) fn of(id: u32) -> Self {
        Self { id, descriptor: PidFd::open(id) }
    }

    /// The number of the child, which is also that of the group that it leads.
    #[cfg(feature = "resources")]
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// The descriptor, unless other code has closed it.
    fn descriptor(&self) -> Option<&PidFd> {
        self.descriptor.as_ref().filter(|descriptor| descriptor.is_open())
    }

    /// Whether a descriptor holds it, so that it is known also in a forked child, whose sibling it
    /// is.
    #[cfg(feature = "resources")]
    pub(crate) fn is_held(&self) -> bool {
        self.descriptor().is_some()
    }

    fn state(&self, options: c_int) -> io::Result<State> {
        match self.descriptor() {
            Some(descriptor) => descriptor.state(options),
            None => state(libc::P_PID, self.id, options),
        }
    }

    /// Whether it has ended; then it is reaped.
    pub(super) fn reap(&self) -> io::Result<bool> {
        Ok(self.state(0)? != State::Runs)
    }

    /// Its state; it is reaped if it has ended. By the handle of std, which remembers the status,
    /// and which also works with only a number.
    #[cfg(feature = "resources")]
    pub(super) fn state_now(&self, child: &mut std::process::Child) -> io::Result<State> {
        if self.descriptor().is_some() {
            let state = self.state(libc::WNOWAIT)?;
            if state != State::Ended {
                // Not by number: that may be another child's.
                return Ok(state);
            }
        }
        let reaped = super::reaped_by_handle(child)?;
        // A sibling that has ended is left to its parent.
        if reaped == State::Gone && self.descriptor().is_some() {
            return self.state(libc::WNOWAIT);
        }
        Ok(reaped)
    }

    /// Its state, where its owner reaps it.
    pub(super) fn state_elsewhere(&self) -> io::Result<State> {
        self.state(libc::WNOWAIT)
    }

    /// Sends to the child. A child that is gone is no error.
    pub(super) fn send(&self, signal: c_int) -> io::Result<()> {
        match self.descriptor() {
            Some(descriptor) => descriptor.send(signal, 0).map(drop),
            None if state_by_number(self.id)? == State::Gone => Ok(()),
            None => send_by_number(self.id, signal),
        }
    }

    /// Sends to all processes of the group that the child leads since its start; 0 only asks.
    /// Returns whether there were any.
    #[cfg(feature = "resources")]
    pub(super) fn send_group(&self, signal: c_int, is_gone: bool) -> io::Result<bool> {
        const PROCESS_GROUP: core::ffi::c_uint = 4;
        let by_descriptor =
            self.descriptor().map(|descriptor| descriptor.send(signal, PROCESS_GROUP));
        match by_descriptor {
            // A kernel that does not know the flag, or a sandbox that rejects it.
            None | Some(Err(_)) => super::send_group_by_number(self.id, signal, is_gone),
            Some(sent) => sent,
        }
    }
}
