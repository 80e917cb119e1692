//! What a process and its forked children know of each other.

#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd"
))]
use super::errno::errno;
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::errno::keep_errno;
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::proc_path::ProcPath;
use crate::sys::Relation;
use core::ffi::{c_int, c_void};
use core::ptr::NonNull;
use std::sync::atomic::AtomicU64;

/// Memory that is shared with all children forked from now on, at least so many words of it, filled
/// with zeroes. `None` when the system has none.
pub(crate) fn shared_memory(words: usize) -> Option<&'static [AtomicU64]> {
    const PAGE: usize = 4096;
    let bytes = (words * size_of::<AtomicU64>()).next_multiple_of(PAGE);
    let start = map(bytes, libc::MAP_SHARED)?.cast().as_ptr();
    // SAFETY: the memory is this crate's and never unmapped, aligned, and all zeroes, which is a
    // valid number; it is only ever used as these atomics, and as their contents.
    Some(unsafe { core::slice::from_raw_parts(start, bytes / size_of::<AtomicU64>()) })
}

/// Memory that begins as zeroes, and that is zeroes in each forked child, also in one of a bare
/// `clone`. `None` where the system has none. It is aligned to a page, and never unmapped.
#[cfg(all(any(target_os = "linux", target_os = "android"), not(miri)))]
pub(crate) fn memory_wiped_in_children(bytes: usize) -> Option<NonNull<c_void>> {
    let start = map(bytes, libc::MAP_PRIVATE)?;
    // By number, as below.
    // SAFETY: the memory was just mapped. The kernel rounds its size up to whole pages both times.
    let failure =
        unsafe { libc::syscall(libc::SYS_madvise, start.as_ptr(), bytes, libc::MADV_WIPEONFORK) };
    // Before Linux 4.14, the pages stay mapped, and nothing uses them.
    (failure == 0).then_some(start)
}

/// Miri has no `madvise`, and no children either.
#[cfg(miri)]
pub(crate) fn memory_wiped_in_children(bytes: usize) -> Option<NonNull<c_void>> {
    #[repr(align(4096))]
    struct Page {
        _bytes: [u8; 4096],
    }
    struct Kept {
        _page: NonNull<Page>,
    }
    // SAFETY: the pages are only kept here, so that they are no leaks.
    unsafe impl Send for Kept {}
    static KEPT: std::sync::Mutex<Vec<Kept>> = std::sync::Mutex::new(Vec::new());
    if bytes > size_of::<Page>() {
        return None;
    }
    let page = NonNull::from(Box::leak(Box::new(Page { _bytes: [0; 4096] })));
    KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(Kept { _page: page });
    Some(page.cast())
}

#[cfg(not(any(target_os = "linux", target_os = "android", miri)))]
pub(crate) fn memory_wiped_in_children(_bytes: usize) -> Option<NonNull<c_void>> {
    None
}

// On Linux by system call: the loader of a Rust program looks up every name of libc before `main`,
// for 700 instructions each, whether it is called or not. The call of s390x takes a pointer to its
// arguments, that of 32 bits too or another unit.

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(target_arch = "s390x")
))]
fn map(bytes: usize, sharing: c_int) -> Option<NonNull<c_void>> {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, sharing | libc::MAP_ANONYMOUS);
    // SAFETY: maps fresh memory at any address; the arguments are those of `mmap(2)`.
    let start = unsafe {
        libc::syscall(libc::SYS_mmap, 0_usize, bytes, protection, flags, -1_isize, 0_usize)
    };
    if start == -1 { None } else { NonNull::new(start as *mut c_void) }
}

#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64",
    not(target_arch = "s390x")
)))]
fn map(bytes: usize, sharing: c_int) -> Option<NonNull<c_void>> {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, sharing | libc::MAP_ANON);
    // SAFETY: maps fresh memory at any address.
    let start = unsafe { libc::mmap(core::ptr::null_mut(), bytes, protection, flags, -1, 0) };
    if start == libc::MAP_FAILED { None } else { NonNull::new(start) }
}

/// How the other process is related to the calling one; `None` when it is gone or has become
/// another program. If its program cannot be read, it counts as the same one.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn relation(process: u32) -> Option<Relation> {
    match program_of(process) {
        Program::Another => None,
        // Without `/proc`, only its parent knows that a process has ended and was not waited for.
        Program::Unknown if has_ended(process) => None,
        Program::Ours | Program::Unknown => session_of(process),
    }
}

/// Which program a process executes.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Ours,
    /// Also when the process does not exist.
    Another,
    /// It belongs to another user or has dropped privileges, or `/proc` is missing, or not readable
    /// for the calling process.
    Unknown,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn program_of(process: u32) -> Program {
    match (executable(process), executable(super::process_id())) {
        (Some(its), Some(ours)) if its == ours => Program::Ours,
        (Some(_), Some(_)) => Program::Another,
        _ => Program::Unknown,
    }
}

/// Whether a process is a child of the calling one, and has ended.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn has_ended(process: u32) -> bool {
    // SAFETY: all zeroes is a valid `siginfo_t`, which the call fills in. The call does not wait,
    // and the child stays as it is.
    unsafe {
        let mut info: libc::siginfo_t = core::mem::zeroed();
        let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        libc::syscall(
            libc::SYS_waitid,
            libc::P_PID,
            process,
            &raw mut info,
            options,
            core::ptr::null::<u8>(),
        ) == 0
            && info.si_signo != 0
    }
}

/// Whether the calling process has a child that it has not waited for. Does not change `errno`:
/// after a fork, it belongs to the caller of that.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn has_children() -> bool {
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: all zeroes is a valid `siginfo_t`, which the call fills in. The call does not wait,
    // and a child that has ended stays as it is.
    keep_errno(|| unsafe {
        let mut info: libc::siginfo_t = core::mem::zeroed();
        libc::syscall(
            libc::SYS_waitid,
            libc::P_ALL,
            0,
            &raw mut info,
            options,
            core::ptr::null::<u8>(),
        ) == 0
    })
}

/// Unknown here, so it may have.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn has_children() -> bool {
    true
}

/// Whether the parent of the calling process is in another pid namespace.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn has_no_parent_here() -> bool {
    // SAFETY: `getppid` has no preconditions.
    unsafe { libc::syscall(libc::SYS_getppid) == 0 }
}

/// This system has no pid namespaces.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn has_no_parent_here() -> bool {
    false
}

/// Whether a process has the session of the calling one; `None` when it is gone. If the system
/// refuses to answer, the session counts as another one.
pub(crate) fn session_of(process: u32) -> Option<Relation> {
    let ours = session(0)?;
    match session(process) {
        Some(its) if its == ours => Some(Relation::SameSession),
        None if super::last_error() == libc::ESRCH => None,
        _ => Some(Relation::OtherSession),
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn session(process: u32) -> Option<libc::c_long> {
    // SAFETY: every number is allowed.
    let session = unsafe { libc::syscall(libc::SYS_getsid, process) };
    (session != -1).then_some(session)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn session(process: u32) -> Option<libc::pid_t> {
    // SAFETY: every number is allowed.
    let session = unsafe { libc::getsid(process.cast_signed()) };
    (session != -1).then_some(session)
}

/// The path of the program that a process executes, as far as it fits.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn executable(process: u32) -> Option<[u8; 512]> {
    let link = ProcPath::new("/proc/", process, "/exe");
    let mut path = [0_u8; 512];
    // SAFETY: the link is a C string and the buffer has the given length.
    let length = unsafe {
        libc::syscall(
            libc::SYS_readlinkat,
            libc::AT_FDCWD,
            link.as_ptr(),
            path.as_mut_ptr(),
            path.len(),
        )
    };
    (length > 0).then_some(path)
}

/// How the other process is related to the calling one; `None` when it is gone. This system does
/// not show whether it has become another program.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn relation(process: u32) -> Option<Relation> {
    session_of(process)
}

/// Sets `errno` to zero before a fork, which leaves it there unless it fails. Returns its earlier
/// value.
#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd"
))]
pub(crate) fn clear_error() -> i32 {
    // SAFETY: the place is that of the calling thread.
    unsafe { errno().replace(0) }
}

/// Whether the fork may have failed: `errno` is no longer zero. libc does not tell the fork
/// handlers in the parent, and handlers of other libraries may have set `errno`, too. If it is
/// zero, it gets back its earlier value.
#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd"
))]
pub(crate) fn restore_error(before: i32) -> bool {
    // SAFETY: the place is that of the calling thread.
    unsafe {
        let may_have_failed = *errno() != 0;
        if !may_have_failed {
            *errno() = before;
        }
        may_have_failed
    }
}

/// Unknown here.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd"
)))]
pub(crate) fn clear_error() -> i32 {
    0
}

/// Unknown here.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_os = "freebsd"
)))]
pub(crate) fn restore_error(_before: i32) -> bool {
    false
}
