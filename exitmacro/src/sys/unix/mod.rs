//! Unix: Linux with glibc or musl, Android, the BSDs, illumos, Apple.

mod abort;
#[cfg_attr(libc_passes_status, path = "at_exit_with_status.rs")]
#[cfg_attr(all(own_exit, target_feature = "crt-static"), path = "at_exit_of_static_musl.rs")]
#[cfg_attr(all(own_exit, not(target_feature = "crt-static")), path = "at_exit_of_dynamic_musl.rs")]
#[cfg_attr(not(any(libc_passes_status, own_exit)), path = "at_exit_without_status.rs")]
mod at_exit;
mod child;
#[cfg(feature = "resources")]
mod descriptor;
#[cfg(feature = "signals")]
mod disposition;
#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "end_by_futex.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "../end_unknown.rs")]
mod end;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod ending_by_number;
#[cfg(any(feature = "signals", not(any(target_os = "illumos", target_os = "openbsd"))))]
mod errno;
mod exit;
mod gone;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod kernel_timer;
#[cfg(feature = "resources")]
mod lock;
mod mask;
mod object;
mod os_handler;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod parked_runner;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod proc_path;
mod process_tree;
mod profile;
mod putting;
#[cfg(stacks)]
mod stack;
mod stderr;
mod terminal;
mod thread;
#[cfg_attr(not(all(target_os = "linux", target_env = "gnu")), path = "../thread_end_unknown.rs")]
mod thread_end;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod unwind_table;
#[cfg(test)]
mod usual_signals;
#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "initial_variables.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "variables.rs")]
mod variables;
#[cfg(feature = "signals")]
#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "wake_by_futex.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "wake_by_pipe.rs")]
mod wake;
// The tests of what other systems use run here, too.
#[cfg(all(test, feature = "signals", any(target_os = "linux", target_os = "android")))]
mod wake_by_pipe;
#[cfg_attr(all(target_os = "linux", target_arch = "x86_64"), path = "watch_by_proc.rs")]
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64")), path = "../watch_nothing.rs")]
mod watch;
#[cfg(own_exit)]
mod weak_symbol;

pub(crate) use abort::{abort_now, stop_watching_aborts, watch_aborts};
pub(crate) use at_exit::{TELLS_STATUS, change_status, install_hook, libc_version};
#[cfg(feature = "resources")]
pub(crate) use child::{ChildHandle, end_group, is_number_in_use, kill_group};
pub(crate) use child::{end_child, stop_child};
#[cfg(all(feature = "resources", any(target_os = "linux", target_os = "android")))]
pub(crate) use child::{send_at_parent_death, spawn_as_parent};
#[cfg(feature = "resources")]
pub(crate) use descriptor::redirect;
#[cfg(feature = "signals")]
pub(crate) use disposition::{
    die_of, give_back_all, is_ignored, is_still_taken_over, repeat_as_before, stop, take_over,
};
pub(crate) use end::NotedEnd;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use ending_by_number::EndingThread;
pub(crate) use exit::{exit, is_exit_held, note_exit_held, note_inside_exit, thread_inside_exit};
pub(crate) use gone::is_thread_gone;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use kernel_timer::call_after;
#[cfg(feature = "resources")]
pub(crate) use lock::try_lock;
#[cfg(feature = "signals")]
pub(crate) use mask::unblock;
pub(crate) use object::{is_in_main_program, keep_loaded};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(crate) use parked_runner::{is_parked, might_be_parked};
pub(crate) use process_tree::{
    clear_error, has_children, has_no_parent_here, memory_wiped_in_children, relation,
    restore_error, session_of, shared_memory,
};
#[cfg(feature = "signals")]
pub(crate) use profile::is_profiled;
pub(crate) use profile::{let_profile_come_last, write_profile};
#[cfg(stacks)]
pub(crate) use stack::StackOwner;
#[cfg(any(feature = "signals", target_os = "linux", target_os = "android"))]
pub(crate) use stderr::write_stderr_in_signal_handler;
pub(crate) use stderr::{forget_writer, stderr_has_room, stdout_has_room, write_stderr};
#[cfg(feature = "resources")]
pub(crate) use terminal::without_sigttou;
pub(crate) use terminal::{draw, terminal};
pub(crate) use thread::{PlainThread, name_this_thread, start_thread};
pub(crate) use thread_end::at_thread_end;
pub(crate) use variables::{initial_variable, note_environment};
#[cfg(feature = "signals")]
pub(crate) use wake::Wake;
pub(crate) use watch::ThreadWatch;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub(crate) use watch::{is_parked, might_be_parked};

use core::ffi::c_int;

/// By number, like other calls here: every program has the name `syscall`, and the loader looks up
/// each further one, for 560 instructions.
#[cfg(all(any(target_os = "linux", target_os = "android"), not(miri)))]
pub(crate) fn process_id() -> u32 {
    // SAFETY: `getpid` has no preconditions.
    unsafe { libc::syscall(libc::SYS_getpid) as u32 }
}

// Miri does not know the number.
#[cfg(any(not(any(target_os = "linux", target_os = "android")), miri))]
pub(crate) fn process_id() -> u32 {
    std::process::id()
}

#[inline(never)]
pub(crate) fn monotonic_nanoseconds() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable. The call cannot fail: every Unix has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

pub(crate) const HAS_THREADS: bool = true;

/// Distinguishes threads.
pub(crate) type ThreadKey = usize;

pub(crate) fn thread_key() -> ThreadKey {
    // SAFETY: `pthread_self` has no preconditions; it reads a register, so it works in any state of
    // the thread.
    unsafe { libc::pthread_self() as ThreadKey }
}

/// The key of a thread that was not joined.
pub(crate) fn thread_key_of<T>(thread: &std::thread::JoinHandle<T>) -> ThreadKey {
    use std::os::unix::thread::JoinHandleExt;
    thread.as_pthread_t() as ThreadKey
}

/// Whether the calling thread is the first one of the process. Usable only while it has
/// thread-locals.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_main_thread() -> bool {
    kernel_thread_id() == process_id()
}

/// The number of the calling thread. By system call: glibc has the function since 2.30 only.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn kernel_thread_id() -> u32 {
    // SAFETY: `gettid` has no preconditions.
    unsafe { libc::syscall(libc::SYS_gettid) as u32 }
}

#[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "openbsd"))]
pub(crate) fn is_main_thread() -> bool {
    unsafe extern "C" {
        fn pthread_main_np() -> c_int;
    }
    // SAFETY: the signature is that of the manual, and there are no preconditions.
    unsafe { pthread_main_np() == 1 }
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "openbsd"
)))]
pub(crate) fn is_main_thread() -> bool {
    super::has_name_of_main_thread()
}

pub(crate) fn at_fork(
    prepare: extern "C" fn(),
    parent: extern "C" fn(),
    child: extern "C" fn(),
) -> bool {
    unsafe extern "C" {
        // Declared here because the libc crate types the callbacks as unsafe, which the crate's
        // need not be.
        fn pthread_atfork(
            prepare: extern "C" fn(),
            parent: extern "C" fn(),
            child: extern "C" fn(),
        ) -> c_int;
    }
    // SAFETY: the signature is that of POSIX, and the three functions live as long as the object
    // that holds them: libc forgets them at `dlclose`.
    unsafe { pthread_atfork(prepare, parent, child) == 0 }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_privileged() -> bool {
    // SAFETY: `getauxval` has no preconditions.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn is_privileged() -> bool {
    // SAFETY: these four have no preconditions.
    unsafe { libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

/// The part of a status that `waitpid` returns.
pub(crate) const fn as_the_parent_sees(code: i32) -> i32 {
    code & 0xff
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn exit_now(code: i32) -> ! {
    loop {
        // SAFETY: `exit_group`, which `_exit` calls, has no preconditions. It does not return.
        unsafe { libc::syscall(libc::SYS_exit_group, code) };
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { libc::_exit(code) }
}

/// Lets other threads run first.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn yield_now() {
    // SAFETY: `sched_yield` has no preconditions.
    unsafe { libc::syscall(libc::SYS_sched_yield) };
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use std::thread::yield_now;

/// The number of the error of the last call that failed on this thread.
#[inline(never)]
fn last_error() -> core::ffi::c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or_default()
}

/// Sleeps for a millisecond, however many signals arrive meanwhile: some callers count these.
#[inline(never)]
pub(crate) fn wait_a_moment() {
    let end = monotonic_nanoseconds() + 1_000_000;
    while monotonic_nanoseconds() < end {
        // SAFETY: with no descriptors `poll` only waits.
        unsafe { libc::poll(core::ptr::null_mut(), 0, 1) };
    }
}

pub(crate) fn park_forever() -> ! {
    loop {
        // SAFETY: `pause` has no preconditions. `std::thread::park` would need thread-locals.
        unsafe { libc::pause() };
    }
}
