//! A listening socket in the file system.

use crate::handler::priority;
use crate::resource::about::about;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::resource::place::{Identity, Place};
use crate::resource::tracked::Tracked;
use crate::resource::tracking::track_in_time;
use crate::sys;
use crate::times::SOCKET_LOCK_TIMEOUT;
use core::ops::Deref;
use std::io;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;

/// A listener and its file. Made by [`unix_socket`]; gives access to the [`UnixListener`].
///
/// ```
/// use std::io::{Write, read_to_string};
/// use std::os::unix::net::UnixStream;
///
/// let path = format!("/tmp/example-accept-{}.socket", std::process::id());
/// let socket = exitmacro::resource::unix_socket(&path)?;
/// let client = UnixStream::connect(&path)?;
/// socket.accept()?.0.write_all(b"hello")?;
/// assert_eq!(read_to_string(client)?, "hello");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    place: Place,
    identity: Identity,
}

/// Listens at `path`, and removes the file when the last handle drops, or on a runner thread at
/// exit with [`priority::INTAKE`]. Feature `resources`, only on Unix.
///
/// It removes the file only if it is still the same one, so that the socket of a successor stays.
/// It finds the file even if the process has changed its working directory or its root meanwhile:
/// it keeps a descriptor of the directory for that.
///
/// A socket that a killed process left behind is replaced. If several processes do that at the same
/// moment, one gets it: they lock the directory with `flock` for that. In a directory that they may
/// write to but not read, they cannot; there a process may remove the new socket of another one. A
/// busy server counts as alive; the call does not wait for it.
///
/// # Forked children
///
/// A forked child shares the listener until it drops its handle, ends, or executes another program.
/// Until then the socket is in use, also when the parent was killed. The end of the child does not
/// remove it.
///
/// # Errors
///
/// [`AddrInUse`](io::ErrorKind::AddrInUse) when a process listens there, or the file is not a
/// socket; otherwise those of [`UnixListener::bind`]. Also when the process is ending and its
/// handlers have run, because nothing would remove it.
///
/// ```
/// // Not in a folder that others name: the path of a socket has at most 107 bytes.
/// let path = format!("/tmp/example-{}.socket", std::process::id());
/// let socket = exitmacro::resource::unix_socket(&path)?;
/// socket.set_nonblocking(true)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn unix_socket(path: impl AsRef<Path>) -> io::Result<Tracked<UnixSocket>> {
    let socket = made(path.as_ref()).map_err(about(path.as_ref()))?;
    track_in_time(socket)
}

fn made(path: &Path) -> io::Result<UnixSocket> {
    let place = Place::of(path)?;
    let listener = bind_or_replace(&place)?;
    let identity = place.identity()?;
    Ok(UnixSocket { listener, place, identity })
}

fn bind_or_replace(place: &Place) -> io::Result<UnixListener> {
    let in_use = match UnixListener::bind(place.path()) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => error,
        bound => return bound,
    };
    if !is_abandoned(place) {
        return Err(in_use);
    }
    // Of the processes that see the same dead socket, one after the other looks again: all but the
    // first find a live one.
    let stays = |error| {
        io::Error::new(
            io::ErrorKind::AddrInUse,
            format!("{}: left behind, but not to be replaced: {error}", place.path().display()),
        )
    };
    // Without a lock, the second look still leaves the others only a moment.
    let _lock = place.lock_directory(SOCKET_LOCK_TIMEOUT).map_err(stays)?;
    if is_abandoned(place) {
        place.remove_file().or_else(|error| {
            if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(stays(error)) }
        })?;
    }
    UnixListener::bind(place.path())
}

/// Whether it is a socket without a process. A datagram socket asks: the kernel refuses a
/// connection to a socket of another type at once, listening or not. So it does not wait for a
/// place in the server's backlog, and the server does not notice.
fn is_abandoned(place: &Place) -> bool {
    let connect = || UnixDatagram::unbound()?.connect(place.path());
    place.is_socket()
        && connect().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

impl UnixSocket {
    /// The path of the file, as it was given: a relative one names another place after a change of
    /// the working directory.
    ///
    /// ```
    /// let path = format!("/tmp/example-path-{}.socket", std::process::id());
    /// let socket = exitmacro::resource::unix_socket(&path)?;
    /// assert_eq!(socket.path(), std::path::Path::new(&path));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.path()
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
        // The listener is open as long as this value: until the file is removed, no other process
        // takes it over.
        let removed = self
            .place
            .is(self.identity)
            .and_then(|is| if is { self.place.remove_file() } else { Ok(()) });
        Ok(removed.map_err(|error| {
            format!("{} was not removed: {error}", self.place.absolute().display())
        })?)
    }

    /// Closes this process's copy of the listener: as long as it is open, a killed parent seems to
    /// listen. The descriptor stays, because other handles may refer to it.
    fn discard(&self) {
        // Unless other code has closed it: then its number may be another file's.
        let is_open = self
            .listener
            .local_addr()
            .is_ok_and(|address| address.as_pathname() == Some(self.place.path()));
        if let (true, Ok(unbound)) = (is_open, UnixDatagram::unbound()) {
            // If that fails, the copy lives as long as this process.
            _ = sys::redirect(&self.listener, &unbound);
        }
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::INTAKE).name("Unix socket")
    }
}
