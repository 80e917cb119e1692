//! Starts the program again as the first process of a pid namespace, where no other process takes
//! the numbers that it chooses.

use std::io::{self, Write};
use std::process::Command;
use std::{env, fs};

/// Runs the program again with these arguments, and ends with its status.
pub(crate) fn start_first(arguments: &[&str]) -> ! {
    enter_or_leave_out();
    let program = env::current_exe().expect("it has a path");
    let status = Command::new(program).args(arguments).status().expect("the program starts");
    exit_at_once(status.code().expect("it ends by itself"))
}

/// As [`enter`]. Where that is not possible, the test is left out.
pub(crate) fn enter_or_leave_out() {
    if let Err(error) = enter() {
        println!("left out: this user may not make a pid namespace: {error}; root may");
        exit_at_once(0);
    }
}

/// The next child is the first process of a new namespace. Where that needs a user namespace too,
/// the caller is root there.
pub(crate) fn enter() -> io::Result<()> {
    let unshare = |what| {
        // SAFETY: no preconditions; there is one thread.
        if unsafe { libc::unshare(what) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    if unshare(libc::CLONE_NEWPID).is_ok() {
        return Ok(());
    }
    // SAFETY: no preconditions.
    let user = unsafe { libc::geteuid() };
    unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWPID)?;
    fs::write("/proc/self/uid_map", format!("0 {user} 1"))
}

/// The next process of this namespace gets this number. Where it cannot be chosen, the test is left
/// out.
pub(crate) fn choose_next(number: u32) {
    if let Err(error) = fs::write("/proc/sys/kernel/ns_last_pid", (number - 1).to_string()) {
        println!(
            "left out: the next process id cannot be chosen: {error}; \
             root may, where `/proc/sys` can be written to"
        );
        exit_at_once(0);
    }
}

/// Does not run the handlers.
pub(crate) fn exit_at_once(code: i32) -> ! {
    io::stdout().flush().expect("stdout is a pipe");
    // SAFETY: no preconditions.
    unsafe { libc::_exit(code) }
}
