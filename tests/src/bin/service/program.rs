//! The service. It writes to a file, because it has no streams.

use core::ffi::c_void;
use core::ptr::null_mut;
use exitmacro::{ExitContext, at_exit, shutdown};
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

/// `SERVICE_STATUS`.
#[repr(C)]
#[derive(Default)]
pub(crate) struct Status {
    pub(crate) kind: u32,
    pub(crate) state: u32,
    pub(crate) accepted: u32,
    pub(crate) exit_code: u32,
    pub(crate) own_exit_code: u32,
    pub(crate) checkpoint: u32,
    pub(crate) wait_hint: u32,
}

pub(crate) const OWN_PROCESS: u32 = 0x10;
pub(crate) const STOPPED: u32 = 1;
const STOP_PENDING: u32 = 3;
pub(crate) const RUNNING: u32 = 4;
pub(crate) const STOP: u32 = 1;

type Control = extern "system" fn(u32, u32, *mut c_void, *mut c_void) -> u32;

/// `SERVICE_TABLE_ENTRYA`.
#[repr(C)]
struct Entry {
    name: *const u8,
    main: Option<extern "system" fn(u32, *mut *mut u8)>,
}

#[link(name = "advapi32")]
unsafe extern "system" {
    fn StartServiceCtrlDispatcherA(table: *const Entry) -> i32;
    fn RegisterServiceCtrlHandlerExA(
        name: *const u8,
        control: Control,
        context: *mut c_void,
    ) -> *mut c_void;
    fn SetServiceStatus(service: *mut c_void, status: *const Status) -> i32;
}

static FILE: OnceLock<String> = OnceLock::new();
static SERVICE: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

#[at_exit]
fn clean_up(exit: &ExitContext) {
    write(&format!("clean up: {}, {:?}", exit.reason(), exit.code()));
}

/// Last of all: then the manager takes the service for stopped, however it ends.
#[at_exit(priority = i32::MIN)]
fn report_stopped() {
    write("stopped");
    set(STOPPED);
}

pub(crate) fn serve(file: &str) {
    FILE.set(file.to_owned()).expect("only this thread sets it");
    let table =
        [Entry { name: NAME.as_ptr(), main: Some(main) }, Entry { name: null_mut(), main: None }];
    // SAFETY: the table and its names end as they must, and outlive the call.
    unsafe { StartServiceCtrlDispatcherA(table.as_ptr()) };
}

pub(crate) const NAME: &[u8] = b"exitmacro-test\0";

/// Called on a thread of its own.
extern "system" fn main(_: u32, _: *mut *mut u8) {
    // SAFETY: the name ends with zero, and the function stays.
    let service = unsafe { RegisterServiceCtrlHandlerExA(NAME.as_ptr(), control, null_mut()) };
    SERVICE.store(service, Ordering::Release);
    write("running");
    set(RUNNING);
    shutdown::wait();
}

/// Called when the manager asks for something.
extern "system" fn control(event: u32, _: u32, _: *mut c_void, _: *mut c_void) -> u32 {
    if event == STOP {
        set(STOP_PENDING);
        shutdown::request_with(0);
    }
    0
}

fn set(state: u32) {
    let accepted = if state == RUNNING { STOP } else { 0 };
    let status =
        Status { kind: OWN_PROCESS, state, accepted, wait_hint: 25_000, ..Status::default() };
    // SAFETY: the handle is that of this service, and stays valid.
    unsafe { SetServiceStatus(SERVICE.load(Ordering::Acquire), &raw const status) };
}

fn write(line: &str) {
    let file = FILE.get().expect("it is set first");
    let file = OpenOptions::new().create(true).append(true).open(file);
    writeln!(file.expect("it opens"), "{line}").expect("it can be written");
}
