//! Ends another process.
//!
//! The kernel reuses the number of a process when it has ended and was waited for. This crate is
//! not always the one that waits: with `SIGCHLD` ignored the kernel does, and in the first process
//! of a container a thread that waits for all children. So on Linux a descriptor holds the child
//! itself.

#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "child_by_descriptor.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "child_by_number.rs")]
mod handle;

#[cfg(all(feature = "resources", any(target_os = "linux", target_os = "android")))]
#[path = "parent_death.rs"]
mod parent_death;

#[cfg(all(feature = "resources", any(target_os = "linux", target_os = "android")))]
#[path = "zombies.rs"]
mod zombies;

#[cfg(feature = "resources")]
pub(crate) use handle::ChildHandle;
#[cfg(not(feature = "resources"))]
use handle::ChildHandle;
#[cfg(all(feature = "resources", any(target_os = "linux", target_os = "android")))]
pub(crate) use parent_death::{send_at_parent_death, spawn_as_parent};

use crate::times::KILL_TIMEOUT;
use core::ffi::c_int;
use core::time::Duration;
use std::io;
#[cfg(feature = "resources")]
use std::sync::Mutex;
use std::time::Instant;

/// What is known of a child without waiting for it.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Runs,
    /// It has ended, and its number is still its own.
    Ended,
    /// It has ended and was waited for.
    Gone,
}

/// Ends a child of this process: SIGTERM, after `grace` SIGKILL; waits for its end and reaps it. A
/// child that is gone counts as ended. A grace that the clock cannot count has no end.
pub(crate) fn end_child(child: u32, grace: Duration) -> io::Result<()> {
    end_by(child, grace, ChildHandle::reap)
}

/// The same, but leaves it to the owner of the child to reap it.
pub(crate) fn stop_child(child: u32, grace: Duration) -> io::Result<()> {
    end_by(child, grace, |child| Ok(child.state_elsewhere()? != State::Runs))
}

fn end_by(
    child: u32,
    grace: Duration,
    has_ended: fn(&ChildHandle) -> io::Result<bool>,
) -> io::Result<()> {
    if state_by_number(child)? == State::Gone {
        return Ok(());
    }
    let child = ChildHandle::of(child);
    child.send(libc::SIGTERM)?;
    // A process that is stopped, as by its use of the terminal, acts on a signal when it continues.
    child.send(libc::SIGCONT)?;
    let (mut end, mut is_killed) = (Instant::now().checked_add(grace), false);
    while !has_ended(&child)? {
        if end.is_some_and(|end| Instant::now() >= end) {
            if is_killed {
                return Err(not_ended());
            }
            child.send(libc::SIGKILL)?;
            (end, is_killed) = (Some(Instant::now() + KILL_TIMEOUT), true);
        }
        super::wait_a_moment();
    }
    Ok(())
}

/// Ends the process group that a child of this process leads since its start, and reaps the child:
/// `signal`, after the grace SIGKILL. The child may be gone already; then the rest of its group is
/// ended. Another thread that holds the lock reaps the child itself.
#[cfg(feature = "resources")]
pub(crate) fn end_group(
    leader: &ChildHandle,
    child: &Mutex<std::process::Child>,
    signal: c_int,
    is_grace_over: &dyn Fn() -> bool,
) -> io::Result<()> {
    let mut state = state_now(leader, child)?;
    send_to_all(leader, state, signal)?;
    // A process that is stopped, as by its use of the terminal, acts on a signal when it continues.
    // Others may have ended by now.
    _ = send_to_all(leader, state, libc::SIGCONT);
    // When a process that was killed must have ended.
    let mut end = None;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let mut zombies = zombies::ZombieChecks::new(leader.id());
    loop {
        if state != State::Gone {
            state = state_now(leader, child)?;
        }
        let (has_ended, is_gone) = (state != State::Runs, state == State::Gone);
        // A group exists as long as one of its processes does, including zombies: those of other
        // parents, and the leader, until the thread that holds the lock reaps it.
        if has_ended && (end.is_some() || !leader.send_group(0, is_gone)?) {
            return Ok(());
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if has_ended && zombies.are_all() {
            // For a process that was missed.
            leader.send_group(libc::SIGKILL, is_gone)?;
            return Ok(());
        }
        match end {
            Some(end) if Instant::now() >= end => return Err(not_ended()),
            None if is_grace_over() => {
                send_to_all(leader, state, libc::SIGKILL)?;
                end = Some(Instant::now() + KILL_TIMEOUT);
            }
            _ => {}
        }
        super::wait_a_moment();
    }
}

/// Kills the process group that a child of this process leads since its start, or what is left of
/// it. Does not wait for the end, and reaps nothing.
#[cfg(feature = "resources")]
pub(crate) fn kill_group(leader: &ChildHandle) -> io::Result<()> {
    let state = leader.state_elsewhere()?;
    send_to_all(leader, state, libc::SIGKILL)
}

/// Whether a process or a group has the number of this one, which may be another one by now.
#[cfg(feature = "resources")]
pub(crate) fn is_number_in_use(child: &ChildHandle) -> bool {
    let number = child.id().cast_signed();
    // SAFETY: sends no signal.
    [number, -number].into_iter().any(|to| reached(unsafe { libc::kill(to, 0) }).unwrap_or(true))
}

/// Sends to the group of the leader, which is in that state, and to a leader that has left it.
#[cfg(feature = "resources")]
fn send_to_all(leader: &ChildHandle, state: State, signal: c_int) -> io::Result<()> {
    if !leader.send_group(signal, state == State::Gone)? && state == State::Runs {
        leader.send(signal)?;
    }
    Ok(())
}

/// The state of the child, which is reaped if it has ended. Never waits for the lock: another
/// thread may hold it while it waits for the child, and reaps it then.
#[cfg(feature = "resources")]
fn state_now(leader: &ChildHandle, child: &Mutex<std::process::Child>) -> io::Result<State> {
    let Some(mut child) = crate::sys::if_free(child.try_lock()) else {
        return leader.state_elsewhere();
    };
    leader.state_now(&mut child)
}

fn not_ended() -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("it was killed, but did not end within {KILL_TIMEOUT:?}"),
    )
}

/// Whether a call reached any process. No process is no error.
fn reached(result: impl Into<i64>) -> io::Result<bool> {
    if result.into() == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::ESRCH) { Ok(false) } else { Err(error) }
}

fn send_by_number(child: u32, signal: c_int) -> io::Result<()> {
    // SAFETY: the caller guarantees that the child was not reaped, so that the number is its own.
    reached(unsafe { libc::kill(child.cast_signed(), signal) }).map(drop)
}

/// Sends to all processes of a group; 0 only asks. Returns whether there were any.
///
/// The number of a group belongs to it as long as one of its processes lives, and to no other
/// process meanwhile. So if the leader was waited for and a process of that number exists, the
/// group is gone, and the number was reused.
#[cfg(feature = "resources")]
fn send_group_by_number(group: u32, signal: c_int, leader_is_gone: bool) -> io::Result<bool> {
    // SAFETY: sends no signal.
    let exists = || reached(unsafe { libc::kill(group.cast_signed(), 0) }).unwrap_or(true);
    if leader_is_gone && exists() {
        return Ok(false);
    }
    // SAFETY: the group was made for a child of this process, and see above.
    match reached(unsafe { libc::kill(-group.cast_signed(), signal) }) {
        // So the systems of Apple answer where a group has only zombies.
        Err(error)
            if cfg!(target_vendor = "apple") && error.raw_os_error() == Some(libc::EPERM) =>
        {
            Ok(false)
        }
        sent => sent,
    }
}

/// The state according to the handle of std: a child that has ended is reaped, by that call or
/// before.
#[cfg(feature = "resources")]
fn reaped_by_handle(child: &mut std::process::Child) -> io::Result<State> {
    match child.try_wait() {
        Ok(status) => Ok(if status.is_some() { State::Gone } else { State::Runs }),
        Err(error) if error.raw_os_error() == Some(libc::ECHILD) => Ok(State::Gone),
        Err(error) => Err(error),
    }
}

fn state_by_number(child: u32) -> io::Result<State> {
    state(libc::P_PID, child, libc::WNOWAIT)
}

/// The result of `waitid`; without `WNOWAIT` it reaps a child that has ended.
fn state(kind: libc::idtype_t, child: u32, options: c_int) -> io::Result<State> {
    loop {
        // SAFETY: all zeroes is valid information, which the call fills in when the child has
        // ended.
        let (result, ended) = unsafe {
            let mut info: libc::siginfo_t = core::mem::zeroed();
            let result = libc::waitid(
                kind,
                child as libc::id_t,
                &raw mut info,
                libc::WEXITED | libc::WNOHANG | options,
            );
            (result, info.si_signo != 0)
        };
        match result {
            0 => return Ok(if ended { State::Ended } else { State::Runs }),
            _ => match io::Error::last_os_error() {
                error if error.raw_os_error() == Some(libc::ECHILD) => return Ok(State::Gone),
                error if error.kind() == io::ErrorKind::Interrupted => {}
                error => return Err(error),
            },
        }
    }
}
