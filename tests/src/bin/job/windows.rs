//! Starts a child, which starts a process of its own, and ends as the first argument names. All
//! three hold stderr open.

use exitmacro::resource::child;
use exitmacro::{at_exit, priority};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;

/// The numbers of the child and of what it started.
static STARTED: OnceLock<[u32; 2]> = OnceLock::new();

/// Runs after the child is ended.
#[at_exit(priority = priority::WORK - 1)]
fn print_alive() {
    if let Some(started) = STARTED.get() {
        println!("alive: {}", started.iter().filter(|process| is_alive(**process)).count());
    }
}

fn main() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["child"] => start_one_more(),
        ["grandchild"] => wait(),
        [_] => start(),
        _ => return Err("one argument".to_owned()),
    }
    end(&arguments[0])
}

fn start() {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    let child = child(command.arg("child").stdout(Stdio::piped())).expect("it starts");
    let (sender, lines) = channel();
    let send = move |line: &str| _ = sender.send(line.trim_end().to_owned());
    child.on_stdout_line(send).expect("stdout is a pipe");
    let other = lines.recv().expect("it prints a line").parse().expect("a number");
    STARTED.set([child.id(), other]).expect("only this thread sets it");
    print_alive();
    // At exit it is still open, on each path.
    core::mem::forget(child);
}

fn start_one_more() {
    let program = std::env::current_exe().expect("a path");
    let child = Command::new(program).arg("grandchild").stdout(Stdio::null()).spawn();
    println!("{}", child.expect("it starts").id());
    wait();
}

fn end(way: &str) -> Result<(), String> {
    match way {
        "return" => {}
        "error" => return Err("no luck".to_owned()),
        "panic" => panic!("main panics"),
        "std exit" => std::process::exit(3),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(4) },
        "exit" => exitmacro::exit(5),
        "exit on a thread" => {
            thread::spawn(|| std::process::exit(6));
            wait();
        }
        "abort" => std::process::abort(),
        "terminate" => terminate(7),
        other => return Err(format!("unknown: {other}")),
    }
    Ok(())
}

fn wait() {
    loop {
        thread::park();
    }
}

#[cfg(windows)]
use windows::{is_alive, terminate};

#[cfg(windows)]
mod windows {
    use core::ffi::c_void;
    use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn OpenProcess(access: u32, inherit: i32, process: u32) -> *mut c_void;
        fn WaitForSingleObject(object: *mut c_void, milliseconds: u32) -> u32;
        fn TerminateProcess(process: *mut c_void, code: u32) -> i32;
    }

    pub(super) fn is_alive(process: u32) -> bool {
        const SYNCHRONIZE: u32 = 0x0010_0000;
        const TIMED_OUT: u32 = 258;
        // SAFETY: takes numbers.
        let handle = unsafe { OpenProcess(SYNCHRONIZE, 0, process) };
        if handle.is_null() {
            return false;
        }
        // SAFETY: the system has just opened it.
        let handle = unsafe { OwnedHandle::from_raw_handle(handle) };
        // SAFETY: the handle is open.
        unsafe { WaitForSingleObject(handle.as_raw_handle(), 0) == TIMED_OUT }
    }

    pub(super) fn terminate(code: u32) {
        const THIS_PROCESS: *mut c_void = core::ptr::without_provenance_mut(usize::MAX);
        // SAFETY: nothing is left to run.
        unsafe { TerminateProcess(THIS_PROCESS, code) };
    }
}

#[cfg(not(windows))]
fn is_alive(process: u32) -> bool {
    // SAFETY: sends no signal.
    unsafe { libc::kill(process.cast_signed(), 0) == 0 }
}

#[cfg(not(windows))]
fn terminate(_code: u32) {
    // SAFETY: nothing is left to run.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
}
