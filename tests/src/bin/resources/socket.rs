//! Unix sockets.

use crate::contest::winners_of;
use crate::orphan::Orphan;
use crate::{kept, made, obey_permissions};
use exitmacro::resource;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the case, if it is one of these.
pub(crate) fn run(what: &str, folder: &Path) -> bool {
    match what {
        "socket" => println!("{:?}", made(resource::unix_socket(folder.join("socket")))),
        // No process has the socket open then. A child of a test could inherit it until it executes
        // its program.
        "socket, killed" => {
            kept(resource::unix_socket(folder.join("socket")).expect("it can be made"));
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        "datagram socket, killed" => {
            let _socket = UnixDatagram::bind(folder.join("socket")).expect("the place is free");
            // SAFETY: no preconditions.
            unsafe { libc::raise(libc::SIGKILL) };
        }
        "socket, without the right to read its directory" => {
            socket_in_an_unreadable_directory(folder)
        }
        "socket of another" => {
            kept(resource::unix_socket(folder.join("socket")).expect("it can be made"));
            fs::remove_file(folder.join("socket")).expect("it is there");
            drop(UnixListener::bind(folder.join("socket")).expect("the place is free"));
        }
        "socket, left to a child that drops it" => left_to_a_child(folder, true),
        "socket, left to a child" => left_to_a_child(folder, false),
        "sockets at the same moment" => sockets_at_the_same_moment(&folder.join("socket")),
        _ => return false,
    }
    true
}

/// The process that listens is killed, and its forked child lives on.
fn left_to_a_child(folder: &Path, drops: bool) {
    let make = || resource::unix_socket(folder.join("socket")).expect("it can be made");
    let orphan = Orphan::of(make, |socket| {
        if drops {
            drop(socket);
        } else {
            kept(socket);
        }
    });
    assert_eq!(orphan.parent, -libc::SIGKILL);
    println!("{:?}", made(resource::unix_socket(folder.join("socket"))));
    orphan.end();
    println!("{:?}", made(resource::unix_socket(folder.join("socket"))));
}

fn sockets_at_the_same_moment(path: &Path) {
    IS_SLOW.store(true, Ordering::Relaxed);
    let mut once = 0;
    for _ in 0..200 {
        // Dropped without removing it, as when the process is killed.
        drop(UnixListener::bind(path).expect("the place is free"));
        once += u32::from(winners_of(path, 6) == 1);
        _ = fs::remove_file(path);
    }
    println!("{once} times one");
}

/// Whether a process that finds an unused socket waits before it replaces it.
static IS_SLOW: AtomicBool = AtomicBool::new(false);

/// Replaces libc's function, for std and for the crate's check whether a socket is in use.
///
/// # Safety
///
/// As for libc's function.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
unsafe extern "C" fn connect(
    socket: libc::c_int,
    address: *const libc::sockaddr,
    length: libc::socklen_t,
) -> libc::c_int {
    // SAFETY: as of the caller.
    let answer = unsafe { libc::syscall(libc::SYS_connect, socket, address, length) };
    // SAFETY: the address is that of the calling thread's `errno`.
    let is_refused = || unsafe { *libc::__errno_location() } == libc::ECONNREFUSED;
    if answer != 0 && IS_SLOW.load(Ordering::Relaxed) && is_refused() {
        std::thread::sleep(std::time::Duration::from_millis(2));
        // SAFETY: the same.
        unsafe { *libc::__errno_location() = libc::ECONNREFUSED };
    }
    libc::c_int::try_from(answer).expect("it is 0 or -1")
}

/// A directory that may be written to but not read, as those of daemons that accept files of other
/// users.
fn socket_in_an_unreadable_directory(folder: &Path) {
    let listener = UnixListener::bind(folder.join("socket")).expect("the place is free");
    fs::set_permissions(folder.join("socket"), PermissionsExt::from_mode(0o777))
        .expect("it is ours");
    fs::set_permissions(folder, PermissionsExt::from_mode(0o333)).expect("it is ours");
    drop(listener);
    obey_permissions();
    if let Err(error) = fs::symlink_metadata(folder.join("socket")) {
        return println!(
            "left out: another user does not reach the folder of temporary files: {error}; \
             a `TMPDIR` that is open to all users"
        );
    }
    assert!(fs::read_dir(folder).is_err());
    println!("{:?}", made(resource::unix_socket(folder.join("socket"))));
}
