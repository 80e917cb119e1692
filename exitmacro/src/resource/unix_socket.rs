//! A listening socket in the file system.

use crate::handler::priority;
use crate::resource::about::about;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions};
use crate::resource::place::{Identity, Place};
use crate::resource::tracked::{Tracked, track};
use crate::times::SOCKET_LOCK_TIMEOUT;
use core::ops::Deref;
use std::io;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;

/// A listener and its file. Made by [`unix_socket`]; gives access to the [`UnixListener`].
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    place: Place,
    identity: Identity,
}

/// Listens at `path`, and removes the file when the last handle drops, or at exit with
/// [`priority::INTAKE`]: only while it is still the same one, so that the socket of a successor
/// stays. It is found again when the process has changed its working directory or its root
/// meanwhile: a descriptor of its directory is kept for that.
///
/// A socket that no process has any more, left behind by one that was killed, is replaced. When
/// several processes do that at the same moment, one gets it: they lock its directory with `flock`
/// for that. In a directory that they may write to but not read, they cannot; there it may happen
/// that a process removes the new socket of another process. A server that is busy counts as alive;
/// it is not waited for.
///
/// # Errors
///
/// [`AddrInUse`](io::ErrorKind::AddrInUse) when a process listens there, or the file is not a
/// socket; otherwise those of [`UnixListener::bind`].
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
    Ok(track(socket))
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
    // Of the processes that see the same dead socket, one after the other looks again: to all but
    // the first, it is a living one by then.
    let stays = |error| {
        io::Error::new(
            io::ErrorKind::AddrInUse,
            format!("{}: left behind, but not to be replaced: {error}", place.path().display()),
        )
    };
    // Where there is none to be had, the second look still leaves the others no more than a moment.
    let _lock = place.lock_directory(SOCKET_LOCK_TIMEOUT).map_err(stays)?;
    if is_abandoned(place) {
        place.remove_file().or_else(|error| {
            if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(stays(error)) }
        })?;
    }
    UnixListener::bind(place.path())
}

/// Whether it is a socket that no process has. A datagram socket asks: one of another type is
/// refused as such by the kernel, whether it listens yet or not, without waiting for a place among
/// those that its server has not accepted, and without the server hearing of it.
fn is_abandoned(place: &Place) -> bool {
    let connect = || UnixDatagram::unbound()?.connect(place.path());
    place.is_socket()
        && connect().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

impl UnixSocket {
    /// Where it is.
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
        // The listener is open as long as this value: until the file is gone, no other process
        // takes it over.
        let removed = self
            .place
            .is(self.identity)
            .and_then(|is| if is { self.place.remove_file() } else { Ok(()) });
        Ok(removed.map_err(|error| {
            format!("{} was not removed: {error}", self.place.absolute().display())
        })?)
    }

    fn options(&self) -> CleanupOptions {
        CleanupOptions::new().priority(priority::INTAKE).name("Unix socket")
    }
}
