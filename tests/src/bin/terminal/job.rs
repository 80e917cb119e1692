//! What a shell does: starts a program in a process group of its own, gives it the terminal, and
//! takes that back when it stops.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

/// Gives the terminal to a process group. Not stopped for that in the background.
fn give_terminal_to(group: libc::pid_t) -> io::Result<()> {
    // SAFETY: it only makes system calls; the set is filled in before it is used.
    let result = unsafe {
        let mut only: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&raw mut only, libc::SIGTTOU);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const only, std::ptr::null_mut());
        let result = libc::tcsetpgrp(2, group);
        libc::sigprocmask(libc::SIG_UNBLOCK, &raw const only, std::ptr::null_mut());
        result
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn modes() -> Vec<libc::tcflag_t> {
    // SAFETY: all zeroes is a value, which the call overwrites.
    let modes = unsafe {
        let mut modes: libc::termios = std::mem::zeroed();
        assert_eq!(libc::tcgetattr(2, &raw mut modes), 0);
        modes
    };
    vec![modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
}

/// Waits until the process has stopped, or ended: then its status.
fn wait_for(child: &Child) -> Option<i32> {
    let mut status = 0;
    let id = child.id().cast_signed();
    // SAFETY: `status` is writable.
    assert_eq!(unsafe { libc::waitpid(id, &raw mut status, libc::WUNTRACED) }, id);
    (!libc::WIFSTOPPED(status)).then(|| libc::WEXITSTATUS(status))
}

fn kill(child: &Child, signal: i32) {
    // SAFETY: the process was not waited for.
    assert_eq!(unsafe { libc::kill(child.id().cast_signed(), signal) }, 0);
}

/// Starts the program that stops, in this case; each line on stdin is a step.
#[expect(clippy::zombie_processes, reason = "`waitpid` waits for it, and also tells of a stop")]
pub(crate) fn control(case: &str) {
    // SAFETY: no preconditions.
    let (found, own) = (modes(), unsafe { libc::getpgrp() });
    let mut command = Command::new(std::env::current_exe().expect("it has a path"));
    command.arg(case).process_group(0).stdout(io::stderr());
    // SAFETY: it only makes system calls.
    unsafe { command.pre_exec(|| give_terminal_to(libc::getpid())) };
    let child = command.spawn().expect("the program starts");
    let group = child.id().cast_signed();
    let step = |what: &str| {
        println!("{what}");
        io::stdin().read_line(&mut String::new()).expect("a line");
    };
    step("started");
    kill(&child, libc::SIGTSTP);
    assert_eq!(wait_for(&child), None);
    println!("as found: {}", modes() == found);
    give_terminal_to(own).expect("it is this program's");
    // As `bg` does, and then `fg`.
    kill(&child, libc::SIGCONT);
    // Time in which it would change the terminal.
    thread::sleep(Duration::from_millis(200));
    println!("as found: {}", modes() == found);
    step("in the background");
    give_terminal_to(group).expect("it is this program's");
    kill(&child, libc::SIGCONT);
    step("in the foreground");
    println!("as found: {}", modes() == found);
    kill(&child, libc::SIGTERM);
    println!("ended with {:?}, as found: {}", wait_for(&child), modes() == found);
    give_terminal_to(own).expect("it is this program's");
}
