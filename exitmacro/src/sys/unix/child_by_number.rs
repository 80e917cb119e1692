//! A child by its number, on systems without anything better.

use super::{State, send_by_number, state, state_by_number};
use core::ffi::c_int;
use std::io;

#[derive(Debug)]
pub(crate) struct ChildHandle {
    id: u32,
}

impl ChildHandle {
    /// For use right after the start of the child.
    pub(crate) fn of(id: u32) -> Self {
        Self { id }
    }

    /// The number of the child, which is also that of the group that it leads.
    #[cfg(feature = "resources")]
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Whether it has ended; then it is reaped.
    pub(super) fn reap(&self) -> io::Result<bool> {
        Ok(state(libc::P_PID, self.id, 0)? != State::Runs)
    }

    /// Whether anything but its number is known of it.
    #[cfg(feature = "resources")]
    pub(crate) fn is_held(&self) -> bool {
        false
    }

    /// Its state; it is reaped if it has ended. By the handle of std, which remembers the status.
    #[cfg(feature = "resources")]
    pub(super) fn state_now(&self, child: &mut std::process::Child) -> io::Result<State> {
        super::reaped_by_handle(child)
    }

    /// Its state, where its owner reaps it.
    pub(super) fn state_elsewhere(&self) -> io::Result<State> {
        state_by_number(self.id)
    }

    /// Sends to the child. A child that is gone is no error.
    pub(super) fn send(&self, signal: c_int) -> io::Result<()> {
        if state_by_number(self.id)? == State::Gone {
            Ok(())
        } else {
            send_by_number(self.id, signal)
        }
    }

    /// Sends to all processes of the group that the child leads since its start; 0 only asks.
    /// Returns whether there were any.
    #[cfg(feature = "resources")]
    pub(super) fn send_group(&self, signal: c_int, is_gone: bool) -> io::Result<bool> {
        super::send_group_by_number(self.id, signal, is_gone)
    }
}
