//! Ready-made resources in the folder of the second argument, used as the first argument names. The
//! third argument is the exit status.

mod child;
#[cfg(target_os = "linux")]
mod child_on_linux;
mod contest;
#[path = "../forked.rs"]
mod forked;
#[cfg(target_os = "linux")]
#[path = "../../namespace.rs"]
mod namespace;
#[path = "../../orphan.rs"]
mod orphan;
mod paths;
mod pid_file;
#[cfg(target_os = "linux")]
#[path = "../../refused_calls.rs"]
mod refused_calls;
mod socket;
mod temp;
#[cfg(target_os = "linux")]
mod temp_mounts;
mod temp_trees;

use exitmacro::{AtExitCleanup, Tracked};
use std::io;
use std::path::PathBuf;

fn main() {
    let what = std::env::args().nth(1).expect("what to do");
    let folder = PathBuf::from(std::env::args().nth(2).expect("a folder"));
    let code = std::env::args().nth(3).map_or(0, |code| code.parse().expect("a number"));
    let is_known = [
        temp::run,
        temp_trees::run,
        #[cfg(target_os = "linux")]
        temp_mounts::run,
        pid_file::run,
        socket::run,
        child::run,
        #[cfg(target_os = "linux")]
        child_on_linux::run,
        paths::run,
    ]
    .into_iter()
    .any(|run| run(&what, &folder));
    assert!(is_known, "unknown: {what}");
    std::process::exit(code);
}

/// Leaves the handle to the exit.
fn kept<T: AtExitCleanup>(value: Tracked<T>) -> &'static Tracked<T> {
    Box::leak(Box::new(value))
}

/// Whether the resource was made. If so, it is left to the exit.
fn made<T: AtExitCleanup>(result: io::Result<Tracked<T>>) -> Result<(), io::ErrorKind> {
    result.map(|value| _ = kept(value)).map_err(|error| error.kind())
}

/// Closes all descriptors but the usual three.
fn close_all() {
    for descriptor in 3..100 {
        // SAFETY: what daemons do; std uses none of them from here on.
        unsafe { libc::close(descriptor) };
    }
}

/// Lets this process open no more descriptors than that.
fn limit_descriptors(count: libc::rlim_t) {
    let few = libc::rlimit { rlim_cur: count, rlim_max: count };
    // SAFETY: the limit is readable.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const few) }, 0);
}

/// Neither root nor, before a case gives it some, the owner of any file.
const OTHER_USER: libc::uid_t = 65534;

/// Root may read and write any directory, so from here on this is a process of another user.
fn obey_permissions() {
    // SAFETY: no preconditions; there is one thread.
    unsafe {
        if libc::geteuid() == 0 {
            assert_eq!((libc::setgid(OTHER_USER), libc::setuid(OTHER_USER)), (0, 0));
        }
    }
}
