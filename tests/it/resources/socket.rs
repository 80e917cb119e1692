//! Unix sockets: an unused one is replaced, and one in use is not.

use super::{folder, resources};
use std::fs;
use std::os::unix::net::UnixListener;
use tempfile::TempDir;

#[test]
fn a_socket_is_removed() {
    let folder = folder();
    resources("socket", &folder).assert(0, "Ok(())\n", "");
    assert!(!folder.path().join("socket").exists());
}

#[test]
fn the_socket_of_another_process_stays() {
    let folder = folder();
    resources("socket of another", &folder).assert(0, "", "");
    assert!(folder.path().join("socket").exists());
}

/// A socket that no process has open. Children of other tests may inherit a socket of this process.
fn left_behind(what: &str, folder: &TempDir) {
    resources(what, folder).assert(-libc::SIGKILL, "", "");
    assert!(folder.path().join("socket").exists());
}

#[test]
fn a_socket_without_a_listener_is_replaced_and_a_socket_in_use_is_not() {
    let folder = folder();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("the place is free");
    resources("socket", &folder).assert(0, "Err(AddrInUse)\n", "");
    drop(listener);
    fs::remove_file(&path).expect("it is there");
    left_behind("socket, killed", &folder);
    resources("socket", &folder).assert(0, "Ok(())\n", "");
    fs::write(&path, "no socket").expect("the place is free");
    resources("socket", &folder).assert(0, "Err(AddrInUse)\n", "");
    assert!(path.exists());
}

#[test]
fn the_socket_of_a_killed_process_is_free_when_its_forked_child_has_dropped_its_handle() {
    let in_use = "Err(AddrInUse)\n";
    let free = "Ok(())\n";
    resources("socket, left to a child", &folder()).assert(0, &format!("{in_use}{free}"), "");
    let ended = resources("socket, left to a child that drops it", &folder());
    ended.assert(0, &format!("{free}{in_use}"), "");
}

/// On other systems such a directory cannot be opened.
#[cfg(target_os = "linux")]
#[test]
fn a_socket_is_replaced_in_a_directory_that_may_not_be_read() {
    let folder = folder();
    let ended = resources("socket, without the right to read its directory", &folder);
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .expect("it is ours");
    if !ended.is_left_out() {
        ended.assert(0, "Ok(())\n", "");
        assert!(!folder.path().join("socket").exists());
    }
}

#[test]
fn one_of_many_processes_gets_a_socket_that_was_left_behind() {
    let folder = folder();
    resources("sockets at the same moment", &folder).assert(0, "200 times one\n", "");
    let left = fs::read_dir(folder.path()).expect("it is there").count();
    assert_eq!(left, 0, "nothing is left next to the socket");
}

#[test]
fn a_server_that_is_too_busy_to_accept_keeps_its_socket_and_does_not_delay_others() {
    let folder = folder();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("the place is free");
    // SAFETY: the socket is open; listening again only changes how many may wait.
    assert_eq!(unsafe { libc::listen(std::os::fd::AsRawFd::as_raw_fd(&listener), 0) }, 0);
    let _waits = std::os::unix::net::UnixStream::connect(&path).expect("one may wait");
    resources("socket", &folder).assert(0, "Err(AddrInUse)\n", "");
}

#[test]
fn a_socket_of_another_type_is_in_use_too() {
    let folder = folder();
    let socket = std::os::unix::net::UnixDatagram::bind(folder.path().join("socket"))
        .expect("the place is free");
    resources("socket", &folder).assert(0, "Err(AddrInUse)\n", "");
    drop(socket);
    fs::remove_file(folder.path().join("socket")).expect("it is there");
    left_behind("datagram socket, killed", &folder);
    resources("socket", &folder).assert(0, "Ok(())\n", "");
}
