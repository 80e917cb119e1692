//! A listening socket in the file system.

use super::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use super::tracked::{Tracked, track};
use crate::handler::priority;
use core::ops::Deref;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// A listener and its file. Made by [`unix_socket`]; gives access to the [`UnixListener`].
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// Listens at `path`, and removes the file when the last handle drops, or at exit with [`priority::INTAKE`]: only while it is still the same one, so that the socket of a
/// successor stays.
///
/// A socket that is there and that nobody listens at any more, left behind by a process that was killed, is replaced.
///
/// # Errors
///
/// [`AddrInUse`](io::ErrorKind::AddrInUse) when somebody listens there, or the file is not a socket; otherwise those of [`UnixListener::bind`].
///
/// ```
/// let path = std::env::temp_dir().join(format!("example-{}.socket", std::process::id()));
/// let socket = exitmacro::resource::unix_socket(&path)?;
/// socket.set_nonblocking(true)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn unix_socket(path: impl AsRef<Path>) -> io::Result<Tracked<UnixSocket>> {
    let path = path.as_ref();
    let listener = bind_or_replace(path)?;
    let file = fs::symlink_metadata(path)?;
    Ok(track(UnixSocket { listener, path: path.to_owned(), device: file.dev(), inode: file.ino() }))
}

fn bind_or_replace(path: &Path) -> io::Result<UnixListener> {
    UnixListener::bind(path).or_else(|error| {
        if error.kind() != io::ErrorKind::AddrInUse || !is_abandoned(path) {
            return Err(error);
        }
        fs::remove_file(path)?;
        UnixListener::bind(path)
    })
}

fn is_abandoned(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    is_socket && UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

impl UnixSocket {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn is(&self, file: &Metadata) -> bool {
        (file.dev(), file.ino()) == (self.device, self.inode)
    }
}

impl Deref for UnixSocket {
    type Target = UnixListener;

    fn deref(&self) -> &UnixListener {
        &self.listener
    }
}

impl AtExitCleanup for UnixSocket {
    fn cleanup(&self) -> Result<(), CleanupError> {
        if fs::symlink_metadata(&self.path).is_ok_and(|file| self.is(&file)) {
            fs::remove_file(&self.path).map_err(|error| format!("{}: {error}", self.path.display()))?;
        }
        Ok(())
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::INTAKE).name("Unix socket")
    }
}
