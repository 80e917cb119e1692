//! Opens the files that the run writes.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens the file that is there, empty, or a new one: Kubernetes mounts the one of the termination
/// message into the container and looks at no other.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    // A pipe without a reader must not stop the end of the process. A link may lead to a file of
    // another user's choice, which that user may not write to, but the program may.
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NONBLOCK | libc::O_NOFOLLOW,
    );
    let is_link = || cfg!(unix) && fs::symlink_metadata(path).is_ok_and(|file| file.is_symlink());
    options.open(path).map_err(|error| {
        if is_link() {
            io::Error::other("it is a symbolic link, which is not followed")
        } else {
            error
        }
    })
}
