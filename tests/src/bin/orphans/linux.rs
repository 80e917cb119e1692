//! The part for Linux, where a process may become the parent of orphans.

use std::process::{Child, Command};

pub(crate) fn main() {
    // SAFETY: asks for orphans to become children of this process; the other arguments mean
    // nothing.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }, 0);
    let mut arguments = std::env::args_os().skip(1);
    let mut started = Command::new(arguments.next().expect("a program"))
        .args(arguments)
        .spawn()
        .expect("the program starts");
    for end in ends_of_all(&started) {
        println!("{end}");
    }
    // All were waited for, but std does not know.
    _ = started.wait();
}

/// The program first, then the orphans.
fn ends_of_all(started: &Child) -> Vec<String> {
    let mut ends = Vec::new();
    let mut status = 0;
    // SAFETY: `status` is writable. No other thread waits for children.
    while let child @ 1.. = unsafe { libc::wait(&raw mut status) } {
        let code = if libc::WIFEXITED(status) {
            libc::WEXITSTATUS(status)
        } else {
            -libc::WTERMSIG(status)
        };
        let process =
            if child.cast_unsigned() == started.id() { "the program" } else { "an orphan" };
        ends.push(format!("{process} ended with {code}"));
    }
    ends.sort_by(|left, right| right.cmp(left));
    ends
}
