//! Forks by the call that the first argument names, in a program that handles signals. The second
//! argument names what the child does.

mod forked;

use exitmacro::{
    ExitContext, Handler, Signal, Unregistered, at_exit, register, shutdown, signals, unregister,
};
use forked::{forked, wait_for};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How many children are forked, one after the other: a single child might win its race against the
/// signal, or against the thread that installs handlers, by chance.
const MANY: u32 = 100;

fn process() -> &'static str {
    if forked::generation() == 0 { "parent" } else { "child" }
}

#[at_exit(priority = -1)]
fn declared(exit: &ExitContext) {
    println!("declared, in the {}: {}", process(), exit.reason());
}

fn main() -> ExitCode {
    let [_, how, what] = std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    let caught_before = caught_signals();
    register(|| println!("registered, in the {}", process())).expect("the run has not begun");
    if what == "killed while others register" {
        while_others_register(&how);
        return ExitCode::from(3);
    }
    if what.starts_with("inherits") {
        let inherits = Handler::new("inherits")
            .priority(-2)
            .inherit_on_fork()
            .register(|| println!("registered for every process, in the {}", process()));
        inherits.expect("the run has not begun");
    }
    if what == "the parent installs" {
        // SAFETY: no preconditions.
        let Some(child) = fork(&how) else { unsafe { libc::_exit(5) } };
        println!("the child ended with {}", wait_for(child));
    }
    signals::install([Signal::TERM, Signal::INT, Signal::USR1]).expect("installed once");
    assert_ne!(caught_signals(), caught_before);
    match what.as_str() {
        "killed" => {
            let killed = (0..MANY).filter(|_| killed(&how) == -libc::SIGTERM).count();
            println!("{killed} children died of the signal");
        }
        "registers" | "inherits" | "inherits, killed" | "installs" | "looks" | "keeps" => {
            if what == "keeps" {
                replace_handler();
            }
            let Some(child) = fork(&how) else { return child(&what, caught_before) };
            println!("the child ended with {}", wait_for(child));
        }
        "the parent installs" => {}
        other => panic!("unknown child: {other}"),
    }
    let asked = shutdown::wait_timeout(Duration::from_millis(100));
    println!("asked to end: {asked}");
    ExitCode::from(3)
}

fn child(what: &str, caught_before: u64) -> ExitCode {
    register(|| println!("the child's own, in the {}", process()))
        .expect("the child has its own run");
    match what {
        "registers" | "inherits" => {}
        "inherits, killed" => raise(),
        "installs" => {
            signals::install([Signal::TERM]).expect("the child has not installed any");
            raise();
        }
        "looks" => println!("as before: {}", caught_signals() == caught_before),
        "keeps" => raise(),
        other => panic!("unknown child: {other}"),
    }
    ExitCode::from(5)
}

/// Replaces the handler of this crate, as a library does that calls `sigaction`.
fn replace_handler() {
    extern "C" fn replaced(_signal: i32) {
        // SAFETY: `_exit` is async-signal-safe.
        unsafe { libc::_exit(9) };
    }
    let replaced: extern "C" fn(i32) = replaced;
    // SAFETY: the handler has the type of a signal handler and is async-signal-safe.
    let before = unsafe { libc::signal(libc::SIGTERM, replaced as usize) };
    assert_ne!(before, libc::SIG_ERR);
}

fn raise() {
    // SAFETY: no preconditions.
    unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
    loop {
        thread::park();
    }
}

/// The signals that have handlers, one bit each, without those that glibc reserves.
fn caught_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the file is there");
    let caught =
        status.lines().find_map(|line| line.strip_prefix("SigCgt:\t")).expect("it has this line");
    u64::from_str_radix(caught, 16).expect("it is a number") & u64::from(u32::MAX >> 1)
}

/// The child, in the parent; `None`, in the child, which is killed if it hangs.
fn fork(how: &str) -> Option<libc::pid_t> {
    forked(match how {
        "libc" => return forked::fork(),
        // SAFETY: the child only does what libc allows in the child of a threaded process, or what
        // this crate allows, which the test checks.
        "nix" => match unsafe { nix::unistd::fork() }.expect("no process left") {
            nix::unistd::ForkResult::Parent { child } => child.as_raw(),
            nix::unistd::ForkResult::Child => 0,
        },
        "fork" => match fork::fork().expect("no process left") {
            fork::Fork::Parent(child) => child,
            fork::Fork::Child => 0,
        },
        // SAFETY: as above, without the fork handlers of libc.
        #[cfg(target_os = "linux")]
        "clone" => unsafe {
            libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as libc::pid_t
        },
        other => panic!("unknown exit path: {other}"),
    })
}

/// Forks a child that waits, kills it at once, and returns how it ended.
fn killed(how: &str) -> i32 {
    let Some(child) = fork(how) else {
        loop {
            // SAFETY: no preconditions.
            unsafe { libc::pause() };
        }
    };
    // SAFETY: the child has not been waited for.
    unsafe { libc::kill(child, libc::SIGTERM) };
    wait_for(child)
}

/// Kills some children and lets others end, while threads register handlers and a thread installs
/// the signals.
fn while_others_register(how: &str) {
    static STOP: AtomicBool = AtomicBool::new(false);
    let mut threads: Vec<_> = (0..2).map(|_| thread::spawn(register_until_stopped)).collect();
    threads.push(thread::spawn(|| signals::install([Signal::TERM]).expect("installed once")));
    let mut ended = 0;
    for (end, expected) in
        (0..MANY).flat_map(|_| [(killed as fn(&str) -> i32, -libc::SIGTERM), (exits, 7)])
    {
        match end(how) {
            found if found == expected => ended += 1,
            found => println!("a child ended with {found} instead of {expected}"),
        }
    }
    STOP.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("it does not panic");
    }
    println!("{ended} children ended as they should");

    fn register_until_stopped() {
        while !STOP.load(Ordering::Relaxed) {
            let id = register(|| println!("of a thread of the parent, in the {}", process()))
                .expect("the run has not begun");
            assert!(!shutdown::is_requested());
            assert_eq!(unregister(id), Unregistered::Removed);
        }
    }
}

/// Forks a child that registers a handler, which ends it with 7.
fn exits(how: &str) -> i32 {
    let Some(child) = fork(how) else {
        // SAFETY: no preconditions.
        register(|| -> () { unsafe { libc::_exit(7) } }).expect("the child has its own run");
        assert!(!shutdown::is_requested());
        // SAFETY: this thread is the only one of the child.
        unsafe { libc::exit(5) }
    };
    wait_for(child)
}
