//! Forks, and children that do not adopt the handlers of their parent: a part of two programs.

use std::process::{self, Command};

/// In one piece: two processes may print at the same time.
pub(crate) fn say(what: &str) {
    use std::io::Write;
    std::io::stdout().write_all(format!("{what}\n").as_bytes()).expect("stdout is a pipe");
}

/// Executes the case of this name.
pub(crate) fn execute(case: Option<&str>) {
    match case {
        Some("the parent just stops") => {
            let parent = process::id();
            if fork() != 0 {
                stop();
            }
            wait_until_gone(parent);
            say("the child ends");
        }
        Some("two children, the parent just stops") => {
            let parent = process::id();
            let first = fork();
            if first == 0 {
                wait_until_gone(parent);
                return say("the first child ends");
            }
            if fork() != 0 {
                stop();
            }
            wait_until_gone(parent);
            wait_until_gone(first);
            say("the second child ends");
        }
        Some("one child adopts, the parent just stops") => {
            let parent = process::id();
            let first = fork();
            if first == 0 {
                exitmacro::adopt().expect("the handlers wait");
                wait_until_gone(parent);
                return say("the first child ends");
            }
            if fork() != 0 {
                stop_without_handlers();
            }
            wait_until_gone(parent);
            wait_until_gone(first);
            say("the second child ends");
        }
        Some("the parent exits") => {
            let parent = process::id();
            if fork() == 0 {
                wait_until_gone(parent);
                say("the child ends");
            } else {
                process::exit(3);
            }
        }
        Some("a child of its own session") => {
            let parent = process::id();
            if fork() == 0 {
                // SAFETY: no preconditions.
                unsafe { libc::setsid() };
                wait_until_gone(parent);
                stop();
            }
        }
        Some("a child ends first") => {
            let child = fork();
            if child != 0 {
                wait_until_gone_as_child(child);
            }
        }
        other => panic!("unknown case: {other:?}"),
    }
}

/// Executes the case in a process of its own, and waits for all processes that come of it.
pub(crate) fn execute_tree(case: &str) {
    // On other systems only the test waits for them: until they have closed this program's stdout.
    // SAFETY: no preconditions. Children whose parent is gone become children of this process.
    #[cfg(target_os = "linux")]
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) }, 0);
    let program = std::env::current_exe().expect("it has a path");
    Command::new(program).arg(case).spawn().expect("it starts").wait().expect("it ends");
    // SAFETY: the status is not asked for.
    while unsafe { libc::waitpid(-1, core::ptr::null_mut(), 0) } > 0 {}
    // This process has handlers as well, which are no part of the case.
    stop();
}

fn fork() -> u32 {
    // SAFETY: the process has one thread.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: no preconditions. One that hangs is ended.
        unsafe { libc::alarm(20) };
    }
    u32::try_from(child).expect("there are processes left")
}

fn stop() -> ! {
    // SAFETY: no preconditions.
    unsafe { libc::_exit(0) }
}

/// Stops when another process has adopted the handlers.
fn stop_without_handlers() -> ! {
    while !exitmacro::plan().handlers().is_empty() {
        std::thread::sleep(core::time::Duration::from_millis(1));
    }
    stop()
}

fn wait_until_gone(process: u32) {
    // SAFETY: no signal is sent.
    while unsafe { libc::kill(process.cast_signed(), 0) } == 0 {
        std::thread::sleep(core::time::Duration::from_millis(1));
    }
}

fn wait_until_gone_as_child(process: u32) {
    // SAFETY: the status is not asked for.
    unsafe { libc::waitpid(process.cast_signed(), core::ptr::null_mut(), 0) };
}
