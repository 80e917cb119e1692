//! The program.

use crate::ended::{end_by, wait};
use core::ffi::c_void;
use exitmacro::resource::child;
use exitmacro::{AtExitCleanup, at_exit, priority, track};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::channel;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn OpenProcess(access: u32, inherit: i32, process: u32) -> *mut c_void;
    fn WaitForSingleObject(object: *mut c_void, milliseconds: u32) -> u32;
    fn TerminateProcess(process: *mut c_void, code: u32) -> i32;
}

/// The numbers of the child and of what it started.
static STARTED: OnceLock<Vec<u32>> = OnceLock::new();

/// Runs after the child is ended.
#[at_exit(priority = priority::WORK - 1)]
fn print_alive() {
    if let Some(started) = STARTED.get() {
        println!("alive: {}", started.iter().filter(|process| is_alive(**process)).count());
    }
}

pub(crate) fn main() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["child"] => start_one_more(),
        ["grandchild"] => wait(),
        ["of std", end] => return start_without_job(end),
        [_] => start(),
        _ => return Err("one or two arguments".to_owned()),
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
    STARTED.set(vec![child.id(), other]).expect("only this thread sets it");
    print_alive();
    // At exit it is still open, on each path.
    core::mem::forget(child);
}

fn start_one_more() {
    println!("{}", one_more().id());
    wait();
}

fn one_more() -> Child {
    let program = std::env::current_exe().expect("a path");
    let child = Command::new(program).arg("grandchild").stdout(Stdio::null()).spawn();
    child.expect("it starts")
}

/// A child of std, which the process ends as a value.
#[derive(AtExitCleanup)]
#[cleanup(priority = priority::WORK)]
struct OfStd(Child);

fn start_without_job(end_of_child: &str) -> Result<(), String> {
    let mut child = one_more();
    STARTED.set(vec![child.id()]).expect("only this thread sets it");
    print_alive();
    if end_of_child == "before" {
        child.kill().and_then(|()| child.wait()).expect("it ends");
        print_alive();
    }
    core::mem::forget(track(OfStd(child)));
    end("std exit")
}

fn end(exit_path: &str) -> Result<(), String> {
    match exit_path {
        "abort" => std::process::abort(),
        "terminate" => terminate(7),
        other => end_by(other).unwrap_or_else(|| Err(format!("unknown: {other}"))),
    }
}

fn is_alive(process: u32) -> bool {
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

fn terminate(code: u32) -> ! {
    const THIS_PROCESS: *mut c_void = core::ptr::without_provenance_mut(usize::MAX);
    // SAFETY: nothing is left to run.
    unsafe { TerminateProcess(THIS_PROCESS, code) };
    wait()
}
