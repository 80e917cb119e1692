//! A child process in a job, with all processes that it starts.
//!
//! The job ends its processes when its last handle is closed. Only the calling process has one, so
//! the system closes it also after `TerminateProcess`.

use super::process::{STATUS_CONTROL_C_EXIT, still_there};
use crate::times::KILL_TIMEOUT;
use core::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command};
use std::time::Instant;

type Handle = *mut c_void;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn CreateJobObjectW(attributes: *const c_void, name: *const u16) -> Handle;
    fn SetInformationJobObject(job: Handle, class: i32, limits: *const c_void, size: u32) -> i32;
    fn QueryInformationJobObject(
        job: Handle,
        class: i32,
        counts: *mut c_void,
        size: u32,
        written: *mut u32,
    ) -> i32;
    fn AssignProcessToJobObject(job: Handle, process: Handle) -> i32;
    fn TerminateJobObject(job: Handle, code: u32) -> i32;
    fn CreateToolhelp32Snapshot(flags: u32, process: u32) -> Handle;
    fn Thread32First(snapshot: Handle, entry: *mut ThreadEntry) -> i32;
    fn Thread32Next(snapshot: Handle, entry: *mut ThreadEntry) -> i32;
    fn OpenThread(access: u32, inherit: i32, thread: u32) -> Handle;
    fn ResumeThread(thread: Handle) -> u32;
    fn GenerateConsoleCtrlEvent(event: u32, group: u32) -> i32;
}

const CREATE_SUSPENDED: u32 = 4;
const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
const CTRL_BREAK: u32 = 1;

/// `JOBOBJECT_EXTENDED_LIMIT_INFORMATION`.
#[repr(C)]
#[derive(Default)]
struct Limits {
    process_time: i64,
    job_time: i64,
    flags: u32,
    working_set: [usize; 2],
    active_processes: u32,
    affinity: usize,
    priority: u32,
    scheduling: u32,
    io: [u64; 6],
    memory: [usize; 4],
}

/// `JOBOBJECT_BASIC_ACCOUNTING_INFORMATION`.
#[repr(C)]
#[derive(Default)]
struct Counts {
    times: [i64; 4],
    page_faults: u32,
    processes: u32,
    active: u32,
    terminated: u32,
}

/// `THREADENTRY32`.
#[repr(C)]
#[derive(Default)]
struct ThreadEntry {
    size: u32,
    usage: u32,
    thread: u32,
    process: u32,
    priorities: [i32; 2],
    flags: u32,
}

/// The job of a child.
#[derive(Debug)]
pub(crate) struct ChildHandle {
    /// The number of the console's process group that the child leads.
    id: u32,
    job: OwnedHandle,
}

/// Starts the command in a job of its own, with these creation flags.
pub(crate) fn spawn_in_job(command: &mut Command, flags: u32) -> io::Result<(Child, ChildHandle)> {
    let job = new_job()?;
    // Suspended, so that it starts no process before it is in the job.
    let started =
        command.creation_flags(flags | CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP).spawn();
    // The command is the caller's, who may start it again without this crate.
    command.creation_flags(flags);
    let mut child = started?;
    if let Err(error) = put_into(&job, &child).and_then(|()| resume(child.id())) {
        _ = child.kill();
        return Err(error);
    }
    let id = child.id();
    Ok((child, ChildHandle { id, job }))
}

fn new_job() -> io::Result<OwnedHandle> {
    const EXTENDED_LIMITS: i32 = 9;
    const KILL_ON_JOB_CLOSE: u32 = 0x2000;
    // SAFETY: null is allowed for both: children do not inherit the handle, and it has no name.
    let job = unsafe { CreateJobObjectW(core::ptr::null(), core::ptr::null()) };
    if job.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the system has just opened it.
    let job = unsafe { OwnedHandle::from_raw_handle(job) };
    let limits = Limits { flags: KILL_ON_JOB_CLOSE, ..Limits::default() };
    // SAFETY: the handle is open, and the type is that of the class.
    done(unsafe {
        SetInformationJobObject(
            job.as_raw_handle(),
            EXTENDED_LIMITS,
            (&raw const limits).cast(),
            size_of::<Limits>() as u32,
        )
    })?;
    Ok(job)
}

fn put_into(job: &OwnedHandle, child: &Child) -> io::Result<()> {
    // SAFETY: both handles are open.
    done(unsafe { AssignProcessToJobObject(job.as_raw_handle(), child.as_raw_handle()) })
}

/// Lets a process run that was started suspended. Its first thread is the only one, unless another
/// program has put one into it.
fn resume(process: u32) -> io::Result<()> {
    const OF_THREADS: u32 = 4;
    // SAFETY: takes numbers.
    let snapshot = unsafe { CreateToolhelp32Snapshot(OF_THREADS, 0) };
    if snapshot.addr() == usize::MAX {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the system has just opened it.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    let mut entry = ThreadEntry { size: size_of::<ThreadEntry>() as u32, ..Default::default() };
    // SAFETY: the handle is open, and the entry is writable and has its size, here and below.
    let mut is_there = unsafe { Thread32First(snapshot.as_raw_handle(), &raw mut entry) } != 0;
    let mut has_resumed = false;
    while is_there {
        if entry.process == process {
            resume_thread(entry.thread)?;
            has_resumed = true;
        }
        // SAFETY: see above.
        is_there = unsafe { Thread32Next(snapshot.as_raw_handle(), &raw mut entry) } != 0;
    }
    if has_resumed { Ok(()) } else { Err(io::Error::other("its first thread was not found")) }
}

fn resume_thread(thread: u32) -> io::Result<()> {
    const SUSPEND_RESUME: u32 = 2;
    const FAILED: u32 = u32::MAX;
    // SAFETY: takes numbers.
    let thread = unsafe { OpenThread(SUSPEND_RESUME, 0, thread) };
    if thread.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the system has just opened it.
    let thread = unsafe { OwnedHandle::from_raw_handle(thread) };
    // SAFETY: the handle is open.
    let count = unsafe { ResumeThread(thread.as_raw_handle()) };
    if count == FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Ends all processes of the job: the child and those of its console group get Ctrl-Break; after
/// the grace, or at once where there is no console to send it, the rest is terminated.
pub(crate) fn end_job(child: &ChildHandle, is_grace_over: &dyn Fn() -> bool) -> io::Result<()> {
    if !child.has_processes()? {
        return Ok(());
    }
    // SAFETY: takes numbers. The caller's `Child` has a handle of the process, so that no other one
    // gets its number.
    let is_asked = unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK, child.id) } != 0;
    if child.ends_before(&|| !is_asked || is_grace_over())? {
        return Ok(());
    }
    // SAFETY: the handle is open.
    done(unsafe { TerminateJobObject(child.job.as_raw_handle(), STATUS_CONTROL_C_EXIT) })?;
    let end = Instant::now() + KILL_TIMEOUT;
    if child.ends_before(&|| Instant::now() >= end)? {
        return Ok(());
    }
    Err(still_there())
}

impl ChildHandle {
    /// Whether all processes of the job end before it is late.
    fn ends_before(&self, is_late: &dyn Fn() -> bool) -> io::Result<bool> {
        while self.has_processes()? {
            if is_late() {
                return Ok(false);
            }
            super::wait_a_moment();
        }
        Ok(true)
    }

    fn has_processes(&self) -> io::Result<bool> {
        const BASIC_ACCOUNTING: i32 = 1;
        let mut counts = Counts::default();
        // SAFETY: the handle is open, and `counts` is writable and has the type of the class.
        done(unsafe {
            QueryInformationJobObject(
                self.job.as_raw_handle(),
                BASIC_ACCOUNTING,
                (&raw mut counts).cast(),
                size_of::<Counts>() as u32,
                core::ptr::null_mut(),
            )
        })?;
        Ok(counts.active > 0)
    }
}

fn done(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
