//! The program.

use crate::library_function::find;
use core::ffi::c_void;
use exitmacro::{ExitContext, Handler, at_exit};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// What the first argument names.
static EXIT_PATH: OnceLock<String> = OnceLock::new();

#[at_exit(priority = 2)]
fn first(exit: &ExitContext) {
    println!("first: {}, {:?}", exit.reason(), exit.code());
    match EXIT_PATH.get().map(String::as_str) {
        Some("a handler sets the status") => exit.set_code(9),
        Some("a handler exits") => exitmacro::exit(7),
        Some("a handler calls std exit") => std::process::exit(8),
        Some("a handler panics") => panic!("no luck"),
        Some("a handler calls it") => end(3),
        _ => {}
    }
}

#[at_exit(priority = -1)]
fn last() {
    println!("last");
}

pub(crate) fn main() {
    let exit_path = std::env::args().nth(1).expect("an argument");
    EXIT_PATH.set(exit_path.clone()).expect("only this thread sets it");
    exitmacro::register(|| println!("registered")).expect("the run has not begun");
    match exit_path.as_str() {
        "on a thread" => {
            thread::spawn(|| end(4));
            wait();
        }
        "while a handler runs" => {
            let (sender, runs) = channel();
            let register = Handler::new("slow").priority(1).register(move || {
                sender.send(()).expect("it is waited for");
                wait();
            });
            register.expect("the run has not begun");
            thread::spawn(move || {
                runs.recv().expect("the handler sends");
                end(5);
            });
            std::process::exit(6);
        }
        "while threads register" => end_beside(|| {
            let id = exitmacro::register(|| ()).expect("the run has not begun");
            _ = exitmacro::unregister(id);
        }),
        "while threads print" => end_beside(|| println!("thread")),
        "_exit" => {
            // SAFETY: nothing is left to run.
            unsafe { libc::_exit(10) };
        }
        "abort" => {
            // SAFETY: no preconditions.
            unsafe { libc::abort() };
        }
        "exit" => exitmacro::exit(11),
        _ if exit_path.starts_with("a handler calls")
            && exit_path != "a handler calls std exit" =>
        {
            std::process::exit(6)
        }
        _ => end(3),
    }
}

/// Ends the process while other threads do this again and again.
fn end_beside(work: fn()) {
    for _ in 0..4 {
        thread::spawn(move || {
            loop {
                work();
            }
        });
    }
    thread::sleep(Duration::from_millis(20));
    end(3);
}

/// Ends the process, as a DLL does that calls `ExitProcess`.
fn end(code: u32) -> ! {
    let found = find(c"kernel32.dll", c"ExitProcess");
    // SAFETY: its documentation has the type.
    unsafe { core::mem::transmute::<*mut c_void, extern "system" fn(u32) -> !>(found)(code) }
}

fn wait() {
    loop {
        thread::park();
    }
}
