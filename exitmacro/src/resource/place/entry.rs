//! Opens a directory whose contents are to be removed: not through a symbolic link, not on another
//! mount, and also where its owner has taken the rights to it from itself.

use rustix::fs::{AtFlags, Mode, OFlags, Stat, fchmod, fstat, openat, unlinkat};
#[cfg(target_os = "linux")]
use rustix::fs::{Statx, StatxFlags, statx};
use rustix::io::{Errno, Result};
use rustix::process::geteuid;
use std::ffi::CStr;
use std::os::fd::{BorrowedFd, OwnedFd};

const READ: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens the directory of that name. Nothing if there is none any more: another file and an empty
/// directory are removed, the latter only where it cannot be opened. [`Errno::XDEV`] for a mount
/// point.
pub(super) fn open_or_remove(parent: BorrowedFd<'_>, name: &CStr) -> Result<Option<OwnedFd>> {
    let mut is_refused = false;
    loop {
        let error = match open_below(parent, name) {
            Ok(directory) => {
                // No entry can be removed without these rights.
                if lacks_rights(&fstat(&directory)?) {
                    _ = fchmod(&directory, Mode::RWXU);
                }
                return Ok(Some(directory));
            }
            // Not a directory, whatever it was a moment ago; a link has its own error on each
            // system.
            Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => {
                return unlinkat(parent, name, AtFlags::empty()).map(|()| None);
            }
            Err(error @ (Errno::ACCESS | Errno::PERM | Errno::MFILE | Errno::NFILE)) => error,
            Err(error) => return Err(error),
        };
        match unlinkat(parent, name, AtFlags::REMOVEDIR) {
            Ok(()) => return Ok(None),
            Err(Errno::BUSY) => return Err(Errno::XDEV),
            Err(_) => {}
        }
        if is_refused || !matches!(error, Errno::ACCESS | Errno::PERM) || !permit(parent, name) {
            return Err(error);
        }
        is_refused = true;
    }
}

/// Opens a directory on the same mount.
#[cfg(target_os = "linux")]
pub(super) fn open_below(parent: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};

    match openat2(parent, name, READ, Mode::empty(), ResolveFlags::NO_XDEV) {
        // By a kernel before 5.6, or a sandbox.
        Err(Errno::NOSYS | Errno::PERM) => open_and_compare(parent, name),
        opened => opened,
    }
}

/// Opens a directory on the same mount. On Android, the system kills a process for a call that its
/// filter does not know, such as `openat2`.
#[cfg(not(target_os = "linux"))]
pub(super) fn open_below(parent: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd> {
    open_and_compare(parent, name)
}

fn open_and_compare(parent: BorrowedFd<'_>, name: &CStr) -> Result<OwnedFd> {
    let directory = openat(parent, name, READ, Mode::empty())?;
    #[cfg(target_os = "linux")]
    if let (Some(outer), Some(inner)) = (mount(parent), mount(&directory)) {
        return if outer == inner { Ok(directory) } else { Err(Errno::XDEV) };
    }
    let is_same_device = fstat(parent)?.st_dev == fstat(&directory)?.st_dev;
    // A directory that is mounted a second time has the same device there, but no system removes
    // the mount point. If the directory is empty, its removal only comes early.
    if is_same_device && unlinkat(parent, name, AtFlags::REMOVEDIR) != Err(Errno::BUSY) {
        Ok(directory)
    } else {
        Err(Errno::XDEV)
    }
}

/// The number of the mount, since Linux 5.8.
#[cfg(target_os = "linux")]
fn mount(directory: impl std::os::fd::AsFd) -> Option<u64> {
    mount_of(&statx(directory, c"", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?)
}

/// The same in the answer of the system. QEMU, which emulates single programs, has no `openat2`,
/// and passes the kernel's mask on without the number.
#[cfg(target_os = "linux")]
fn mount_of(answer: &Statx) -> Option<u64> {
    let is_known = answer.stx_mask & StatxFlags::MNT_ID.bits() != 0;
    Some(answer.stx_mnt_id).filter(|&number| is_known && number != 0)
}

/// Whether the calling user could give these rights to itself, and has not.
fn lacks_rights(stat: &Stat) -> bool {
    stat.st_uid == geteuid().as_raw() && !Mode::from_raw_mode(stat.st_mode).contains(Mode::RWXU)
}

/// Lets the calling user read a directory of its own. Whether that has changed anything.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn permit(parent: BorrowedFd<'_>, name: &CStr) -> bool {
    use rustix::fs::chmodat;

    // The kernel has no call for a name that does not follow links before 6.6, so the directory is
    // held first.
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(directory) = openat(parent, name, flags, Mode::empty()) else { return false };
    fstat(&directory).is_ok_and(|stat| lacks_rights(&stat))
        && (chmodat(&directory, c".", Mode::RWXU, AtFlags::empty()).is_ok()
            || chmod_by_proc(&directory).is_ok())
}

/// Without the right to search the directory it has no name but this one.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn chmod_by_proc(directory: &OwnedFd) -> Result<()> {
    use rustix::fs::{PROC_SUPER_MAGIC, chmodat, fstatfs, open};
    use std::os::fd::AsRawFd;

    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let descriptors = open("/proc/thread-self/fd", flags, Mode::empty())?;
    // In another root, this may be any directory.
    if fstatfs(&descriptors)?.f_type != PROC_SUPER_MAGIC {
        return Err(Errno::NOTSUP);
    }
    chmodat(&descriptors, directory.as_raw_fd().to_string(), Mode::RWXU, AtFlags::empty())
}

/// Lets the calling user read a directory of its own. Whether that has changed anything.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn permit(parent: BorrowedFd<'_>, name: &CStr) -> bool {
    use rustix::fs::{FileType, chmodat, statat};

    statat(parent, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::Directory && lacks_rights(&stat)
    }) && chmodat(parent, name, Mode::RWXU, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::fs::CWD;

    #[test]
    fn a_mount_without_a_number_is_not_known() {
        let mut answer = statx(CWD, c".", AtFlags::empty(), StatxFlags::MNT_ID)
            .expect("the current directory exists");
        let mask = answer.stx_mask | StatxFlags::MNT_ID.bits();
        for (mask, number, known) in
            [(mask, 7, Some(7)), (mask, 0, None), (mask & !StatxFlags::MNT_ID.bits(), 7, None)]
        {
            (answer.stx_mask, answer.stx_mnt_id) = (mask, number);
            assert_eq!(mount_of(&answer), known);
        }
    }
}
