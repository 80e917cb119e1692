//! Leads the session of its terminal, which stops programs that write to it in the background, and
//! starts itself there: that process gets SIGTERM, and ends with the status of its end.

use exitmacro::at_exit;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};

#[at_exit]
fn clean_up() {
    println!("clean up");
}

fn main() {
    if std::env::args().nth(1).is_some() {
        exitmacro::signals::install([exitmacro::Signal::TERM]).expect("nothing is handled yet");
        // SAFETY: no preconditions.
        unsafe { libc::raise(libc::SIGTERM) };
        loop {
            std::thread::park();
        }
    }
    // SAFETY: all zeroes is a valid value, which the call overwrites.
    let mut modes: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the modes are valid, and writable.
    unsafe {
        assert_eq!(libc::tcgetattr(0, &raw mut modes), 0);
        modes.c_lflag |= libc::TOSTOP;
        assert_eq!(libc::tcsetattr(0, libc::TCSANOW, &raw const modes), 0);
    }
    let program = std::env::current_exe().expect("a path");
    let mut child = Command::new(program).arg("in the background").process_group(0).spawn();
    let child = child.as_mut().expect("it starts");
    let mut status = 0;
    // SAFETY: the child is not waited for elsewhere, and the status is writable.
    unsafe { libc::waitpid(child.id() as i32, &raw mut status, libc::WUNTRACED) };
    if libc::WIFSTOPPED(status) {
        child.kill().expect("it is there");
        panic!("it was stopped");
    }
    let status = ExitStatus::from_raw(status);
    // SAFETY: the handlers are those of the other process.
    unsafe { libc::_exit(status.code().unwrap_or(1)) };
}
