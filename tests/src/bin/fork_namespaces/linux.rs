//! The part for Linux, which has pid namespaces.

#[path = "../forked.rs"]
mod forked;
#[path = "../../namespace.rs"]
mod namespace;

use exitmacro::{Signal, at_exit, register, signals};
use forked::{announce_exit, fork, wait_for};
use namespace::exit_at_once;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::process::{Command, id};
use std::{fs, process};

fn process() -> &'static str {
    ["the parent", "the child", "the grandchild"][forked::generation()]
}

/// In one write: inside `exit`, std's stdout has no buffer any more, and another process may print
/// concurrently.
fn say(what: &str) {
    io::stdout()
        .write_all(format!("{what}, in {}\n", process()).as_bytes())
        .expect("stdout is a pipe");
}

#[at_exit]
fn declared() {
    say("declared");
}

pub(crate) fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [case] if case == "daemon" => become_a_daemon_in_a_namespace(),
        [case] => namespace::start_first(&["first", case]),
        [first, case] if first == "first" => as_the_first_process(case),
        [starter, case] if starter == "starter" => as_the_starter(case),
        other => panic!("unknown case: {other:?}"),
    }
}

fn as_the_first_process(case: &str) {
    assert_eq!(id(), 1);
    if case.starts_with("starter") {
        return start_a_starter(case);
    }
    register(|| say("registered")).expect("the run has not begun");
    signals::install([Signal::TERM]).expect("installed once");
    let here = fs::File::open("/proc/self/ns/pid").expect("the namespace can be named");
    namespace::enter().expect("it was possible once");
    if let Some(child) = fork() {
        // Until then no thread can be started, because it would be in another namespace. SAFETY:
        // the descriptor is open; there is one thread.
        assert_eq!(unsafe { libc::setns(here.as_raw_fd(), libc::CLONE_NEWPID) }, 0);
        println!("the child ended with {}", wait_for(child));
        process::exit(3);
    }
    assert_eq!(id(), 1);
    match case {
        "registers" => {
            register(|| say("the child's own")).map(drop).expect("the run has not begun")
        }
        "adopts" => println!("adopted: {:?}", exitmacro::adopt()),
        "installs" => println!("installed: {:?}", signals::install([Signal::TERM])),
        "exits" => exitmacro::exit(5),
        other => panic!("unknown case: {other}"),
    }
    process::exit(5);
}

/// Adopts in a namespace of its own when the parent, outside it, is inside `exit`. No process id
/// identifies that child to the parent.
fn become_a_daemon_in_a_namespace() {
    register(|| say("registered")).expect("the run has not begun");
    namespace::enter_or_leave_out();
    let (mut reader, writer) = io::pipe().expect("a pipe");
    let (mut is_daemon, mut became_daemon) = io::pipe().expect("a pipe");
    if fork().is_some() {
        // On a busy machine the child may be late, and it is not among the children that are waited
        // for.
        is_daemon.read_exact(&mut [0]).expect("the child writes");
        announce_exit(writer);
        return;
    }
    // SAFETY: no preconditions.
    unsafe { libc::setsid() };
    became_daemon.write_all(b"!").expect("the parent listens");
    reader.read_exact(&mut [0]).expect("the parent writes");
    println!("adopted: {:?}", exitmacro::adopt());
}

/// Waits for all orphans, as the first process of a namespace does.
fn start_a_starter(case: &str) {
    let program = std::env::current_exe().expect("it has a path");
    let mut starter =
        Command::new(program).args(["starter", case]).spawn().expect("the program starts");
    starter.wait().expect("it ends");
    // SAFETY: nothing but the end of the children is asked for.
    while unsafe { libc::wait(std::ptr::null_mut()) } > 0 {}
    exit_at_once(0);
}

/// Starts a process that outlives it, and ends without a line.
fn as_the_starter(case: &str) {
    register(|| say("registered")).expect("the run has not begun");
    signals::install([Signal::TERM]).expect("installed once");
    let starter = id();
    if fork().is_some() {
        exit_at_once(0);
    }
    if case == "starter, adopted" {
        println!("adopted: {:?}", exitmacro::adopt());
    }
    // SAFETY: nothing is sent.
    while unsafe { libc::kill(starter.cast_signed(), 0) } == 0 {
        std::thread::yield_now();
    }
    let Some(worker) = fork_with_id(starter) else { return };
    println!("the worker ended with {}", wait_for(worker));
}

/// The worker, in its parent. `None` where there is none, and in the worker when it has finished.
fn fork_with_id(id: u32) -> Option<libc::pid_t> {
    loop {
        namespace::choose_next(id);
        match fork() {
            Some(worker) if worker.cast_unsigned() == id => return Some(worker),
            // The kernel frees a number a moment after it says that the process is gone.
            Some(other) => _ = wait_for(other),
            None if process::id() == id => break,
            None => exit_at_once(0),
        }
    }
    println!("{} planned", exitmacro::plan().handlers().len());
    println!("installed: {:?}", signals::install([Signal::TERM]));
    register(|| say("the worker's own")).expect("the run has not begun");
    None
}
