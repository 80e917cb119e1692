//! The program.

use crate::library_function::find;
use core::ffi::c_void;
use core::ptr::{null, null_mut, without_provenance};
use exitmacro::signals::{self, Signal};
use exitmacro::{ExitContext, at_exit};
use std::thread;
use std::time::Duration;

type Handle = *mut c_void;
type Routine = extern "system" fn(*const c_void) -> u32;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentProcess() -> Handle;
    fn CreateThread(
        security: *const c_void,
        stack: usize,
        start: Routine,
        argument: *const c_void,
        flags: u32,
        id: *mut u32,
    ) -> Handle;
    fn WaitForSingleObject(handle: Handle, milliseconds: u32) -> u32;
    fn TerminateProcess(process: Handle, code: u32) -> i32;
}

/// A console that is closed, a user who logs off, a system that shuts down.
const LAST_EVENTS: [usize; 3] = [2, 5, 6];

#[at_exit]
fn clean_up(exit: &ExitContext) {
    // Longer than the system needs to end the process, where nothing holds it up.
    thread::sleep(Duration::from_millis(100));
    println!("{}, {:?}", exit.reason(), exit.code());
}

pub(crate) fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, handled, event] = &arguments[..] else { panic!("two arguments") };
    let handled: &[Signal] = match handled.as_str() {
        "all" => &[Signal::INT, Signal::TERM],
        "SIGINT" => &[Signal::INT],
        _ => &[],
    };
    if !handled.is_empty() {
        signals::install(handled.iter().copied()).expect("the C runtime knows both");
    }
    let event = event.parse().expect("the number of an event");
    thread::spawn(move || deliver(event));
    loop {
        thread::park();
    }
}

/// What the system does for an event. It starts this function of its own in the process.
fn deliver(event: usize) {
    let routine = find(c"kernelbase.dll", c"CtrlRoutine");
    // SAFETY: the system starts threads with it, so it has this type, and takes the event.
    let ended = unsafe {
        let start = core::mem::transmute::<*mut c_void, Routine>(routine);
        let thread = CreateThread(null(), 0, start, without_provenance(event), 0, null_mut());
        WaitForSingleObject(thread, u32::MAX)
    };
    assert_eq!(ended, 0, "the thread ends");
    if LAST_EVENTS.contains(&event) {
        // SAFETY: no preconditions.
        unsafe { TerminateProcess(GetCurrentProcess(), 99) };
    }
}
