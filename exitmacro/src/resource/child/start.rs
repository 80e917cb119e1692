//! Starts a child in a process group, on Windows in a job.

#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::resource::child::following;
#[cfg(unix)]
use crate::resource::child::list::Living;
use crate::resource::child::options::ChildOptions;
use crate::sys;
use std::io;
#[cfg(unix)]
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
#[cfg(unix)]
use std::sync::Arc;

/// What holds the group from its start on.
#[cfg(unix)]
pub(super) type Handle = Arc<Living>;

/// What holds the job.
#[cfg(windows)]
pub(super) type Handle = sys::ChildHandle;

#[cfg(windows)]
pub(super) fn start(command: &mut Command, options: ChildOptions) -> io::Result<(Child, Handle)> {
    sys::spawn_in_job(command, options.creation_flags)
}

#[cfg(unix)]
pub(super) fn start(command: &mut Command, options: ChildOptions) -> io::Result<(Child, Handle)> {
    let child = spawn_leader(command.process_group(0), options)?;
    let handle = Living::new(sys::ChildHandle::of(child.id()));
    Ok((child, handle))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn spawn_leader(command: &mut Command, options: ChildOptions) -> io::Result<Child> {
    let Some(signal) = options.parent_death else { return command.spawn() };
    sys::send_at_parent_death(command, signal.number());
    following::spawn(command)
}

#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
fn spawn_leader(command: &mut Command, _options: ChildOptions) -> io::Result<Child> {
    command.spawn()
}
