//! The part for Linux: system calls that fail, and files in `/proc`.

#[path = "../forked.rs"]
mod forked;
#[path = "../../refused_calls.rs"]
mod refused_calls;

use forked::{announce_exit, fork, wait_for};
use refused_calls::{Exempt, refuse};
use std::io::{PipeReader, Read, Write, pipe};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// When `main` ended, in milliseconds.
static ENDED_AT: AtomicU64 = AtomicU64::new(0);

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
    u64::try_from(now.as_millis()).expect("it is not that late")
}

pub(crate) fn main() {
    let [_, what, how @ ..] = &std::env::args().collect::<Vec<_>>()[..] else { panic!("no case") };
    let in_the_parent = || {
        println!(
            "after {} ms, in {}",
            now() - ENDED_AT.load(Ordering::Relaxed),
            ["the parent", "the child"][forked::generation()]
        )
    };
    if what == "sleeps" {
        // A child that ends when the parent does.
        _ = std::io::stdin().read_to_end(&mut Vec::new());
        return;
    }
    if what == "fork fails without errno" {
        forget_errors_of_forks();
    }
    if how.iter().any(|how| how == "with handlers that set errno") {
        set_errors_around_forks();
    }
    exitmacro::register(in_the_parent).expect("the run has not begun");
    for how in how {
        match how.as_str() {
            "without robust lists" => refuse_or_end(
                &[(libc::SYS_get_robust_list, None), (libc::SYS_set_robust_list, None)],
                libc::EPERM,
            ),
            "with handlers that set errno" => let_children_begin_last(),
            "after a while" => {}
            "without privileges" => drop_privileges(),
            "in an empty folder" => {
                if let Err(error) = enter_an_empty_folder() {
                    println!("left out: this user may not change the root: {error}; root may");
                    return exit_at_once();
                }
            }
            other => panic!("unknown condition: {other}"),
        }
    }
    match what.as_str() {
        "nothing" => {}
        "another program" => std::mem::forget(start(Command::new("cat"), false)),
        "itself" => std::mem::forget(start(itself(), false)),
        "itself, in a session of its own" => std::mem::forget(start(itself(), true)),
        "a child that ended" => {
            if let Some(child) = fork() {
                wait_for(child);
            } else {
                exit_at_once();
            }
        }
        "fork fails" | "fork fails without errno" => fail_to_fork(),
        "fork fails with a child" => {
            std::mem::forget(start(Command::new("cat"), false));
            fail_to_fork();
        }
        "a daemon" => become_a_daemon(how.iter().any(|how| how == "after a while")),
        other => panic!("unknown case: {other}"),
    }
    ENDED_AT.store(now(), Ordering::Relaxed);
}

fn exit_at_once() {
    std::io::stdout().flush().expect("stdout is a pipe");
    // SAFETY: no preconditions.
    unsafe { libc::_exit(0) }
}

fn itself() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("it has a path"));
    command.arg("sleeps");
    command
}

/// Starts a program that ends with this one, by fork and exec.
fn start(mut command: Command, in_a_session_of_its_own: bool) -> Child {
    let between = move || {
        if in_a_session_of_its_own {
            // SAFETY: no preconditions.
            unsafe { libc::setsid() };
        }
        Ok(())
    };
    // SAFETY: the function only makes a system call.
    unsafe { command.pre_exec(between) };
    command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts")
}

/// The first child exists, and the system has no room for a second one.
fn fail_to_fork() {
    let Some(child) = fork() else { return exit_at_once() };
    wait_for(child);
    // Threads can still be started.
    let bits = u32::try_from(libc::CLONE_THREAD).expect("it is a bit");
    let threads = Exempt { argument: 0, bits, are_set: true };
    refuse_or_end(&[(libc::SYS_clone, Some(threads))], libc::EAGAIN);
    #[cfg(target_arch = "x86_64")]
    refuse_or_end(&[(libc::SYS_fork, None)], libc::EAGAIN);
    // SAFETY: there is no child.
    let child = unsafe { libc::fork() };
    let error = std::io::Error::last_os_error();
    assert_eq!((child, error.raw_os_error()), (-1, Some(libc::EAGAIN)));
}

/// As a fork handler of a library that runs first may do.
fn forget_errors_of_forks() {
    unsafe extern "C" fn forget() {
        // SAFETY: the address is that of the calling thread's `errno`.
        unsafe { *libc::__errno_location() = 0 };
    }
    // SAFETY: the function has the right type, and no preconditions.
    assert_eq!(unsafe { libc::pthread_atfork(None, Some(forget), None) }, 0);
}

/// The ends of a pipe by which the child learns that its parent has finished the fork.
static FORKED: [AtomicI32; 2] = [const { AtomicI32::new(-1) }; 2];

/// As libraries do whose fork handlers make calls that fail. These handlers are registered first,
/// so they run next to the fork: the crate learns of the child after the parent has seen the error.
fn set_errors_around_forks() {
    unsafe extern "C" fn set() {
        // SAFETY: the address is that of the calling thread's `errno`.
        unsafe { *libc::__errno_location() = libc::EAGAIN };
    }
    unsafe extern "C" fn wait_for_parent() {
        let mut byte = 0_u8;
        // SAFETY: there is room for the byte.
        unsafe { libc::read(FORKED[0].load(Ordering::Relaxed), (&raw mut byte).cast(), 1) };
    }
    let (reader, writer) = pipe().expect("a pipe");
    FORKED[0].store(reader.into_raw_fd(), Ordering::Relaxed);
    FORKED[1].store(writer.into_raw_fd(), Ordering::Relaxed);
    // SAFETY: the functions have the right type, and no preconditions.
    assert_eq!(unsafe { libc::pthread_atfork(Some(set), Some(set), Some(wait_for_parent)) }, 0);
}

/// To be called after this crate has registered its fork handlers: in the parent, the handlers
/// registered last run last.
fn let_children_begin_last() {
    unsafe extern "C" fn let_child_begin() {
        // SAFETY: the pipe is open, and the text is one byte long.
        unsafe { libc::write(FORKED[1].load(Ordering::Relaxed), c"!".as_ptr().cast(), 1) };
    }
    // SAFETY: the function has the right type, and no preconditions.
    assert_eq!(unsafe { libc::pthread_atfork(None, Some(let_child_begin), None) }, 0);
}

/// Ends the program where that is not possible.
fn refuse_or_end(calls: &[(libc::c_long, Option<Exempt>)], error: i32) {
    if !refuse(calls, error) {
        exit_at_once();
    }
}

/// From here on, only root may inspect the process.
fn drop_privileges() {
    const UNPRIVILEGED: libc::uid_t = 65534;
    // SAFETY: no preconditions; there is one thread.
    unsafe {
        if libc::geteuid() == 0 {
            assert_eq!((libc::setgid(UNPRIVILEGED), libc::setuid(UNPRIVILEGED)), (0, 0));
        }
        assert_eq!(libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0), 0);
    }
    assert!(std::fs::read_link("/proc/1/exe").is_err());
}

fn enter_an_empty_folder() -> std::io::Result<()> {
    std::os::unix::fs::chroot(std::env::var_os("EMPTY_FOLDER").expect("the test names a folder"))?;
    std::env::set_current_dir("/")?;
    assert!(std::fs::read_link("/proc/self/exe").is_err());
    Ok(())
}

/// Adopts the handlers when the parent is inside `exit`, after it has closed all inherited
/// descriptors.
fn become_a_daemon(after_a_while: bool) {
    let (reader, writer) = pipe().expect("a pipe");
    let (mut until_closed, closed_by_child) = pipe().expect("a pipe");
    if fork().is_some() {
        // Within the second that it has, the child only has to read this and to adopt.
        drop(closed_by_child);
        until_closed.read_to_end(&mut Vec::new()).expect("the child closes it");
        announce_exit(writer);
        return;
    }
    // SAFETY: no preconditions.
    unsafe { libc::setsid() };
    close_all_but(&reader);
    // Closed, too.
    std::mem::forget((writer, until_closed, closed_by_child));
    (&reader).read_exact(&mut [0]).expect("the parent writes");
    if after_a_while {
        // Longer than the wait for a child that may be none.
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    println!("adopted: {:?}", exitmacro::adopt());
}

fn close_all_but(reader: &PipeReader) {
    for descriptor in (3..100).filter(|&descriptor| descriptor != reader.as_raw_fd()) {
        // SAFETY: this program uses no other descriptor.
        unsafe { libc::close(descriptor) };
    }
}
