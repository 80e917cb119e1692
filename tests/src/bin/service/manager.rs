//! What an administrator does with a service.

use crate::program::{NAME, OWN_PROCESS, RUNNING, STOP, STOPPED, Status};
use core::ffi::{CStr, c_void};
use core::ptr::{null, null_mut};
use std::ffi::CString;
use std::thread;
use std::time::{Duration, Instant};

type Handle = *mut c_void;

#[link(name = "advapi32")]
unsafe extern "system" {
    fn OpenSCManagerA(machine: *const u8, database: *const u8, access: u32) -> Handle;
    fn CreateServiceA(
        manager: Handle,
        name: *const u8,
        shown: *const u8,
        access: u32,
        kind: u32,
        start: u32,
        errors: u32,
        command: *const core::ffi::c_char,
        group: *const u8,
        tag: *mut u32,
        needed: *const u8,
        user: *const u8,
        password: *const u8,
    ) -> Handle;
    fn StartServiceA(service: Handle, count: u32, arguments: *const *const u8) -> i32;
    fn ControlService(service: Handle, event: u32, status: *mut Status) -> i32;
    fn QueryServiceStatus(service: Handle, status: *mut Status) -> i32;
    fn DeleteService(service: Handle) -> i32;
}

pub(crate) fn run_service() {
    const ALL: u32 = 0xf003f;
    const ALL_OF_SERVICE: u32 = 0xf01ff;
    const ON_DEMAND: u32 = 3;
    let program = std::env::current_exe().expect("a path");
    let file = std::env::temp_dir().join(format!("exitmacro-service-{}", std::process::id()));
    let command = format!("\"{}\" \"{}\"", program.display(), file.display());
    let command = CString::new(command).expect("no zero");
    // SAFETY: the texts end with zero; null is allowed for the others.
    let service = unsafe {
        CreateServiceA(
            OpenSCManagerA(null(), null(), ALL),
            NAME.as_ptr(),
            NAME.as_ptr(),
            ALL_OF_SERVICE,
            OWN_PROCESS,
            ON_DEMAND,
            0,
            command.as_ptr(),
            null(),
            null_mut(),
            null(),
            null(),
            null(),
        )
    };
    let name = CStr::from_bytes_with_nul(NAME).expect("one zero");
    assert!(!service.is_null(), "{name:?}: {}", std::io::Error::last_os_error());
    // SAFETY: the handle is open, and the statuses are writable, here and below.
    assert!(unsafe { StartServiceA(service, 0, null()) } != 0, "it starts");
    // The system removes it when it has stopped, also where an assertion below fails.
    // SAFETY: see above.
    unsafe { DeleteService(service) };
    let mut status = Status::default();
    wait_for(RUNNING, service, &mut status);
    // SAFETY: see above.
    assert!(unsafe { ControlService(service, STOP, &raw mut status) } != 0, "it takes the request");
    wait_for(STOPPED, service, &mut status);
    println!("exit code: {}", status.exit_code);
    print!("{}", std::fs::read_to_string(&file).expect("the service wrote it"));
    std::fs::remove_file(file).expect("it can be removed");
    // The handlers of this program are those of the service.
    // SAFETY: nothing is left to run.
    unsafe { libc::_exit(0) };
}

fn wait_for(state: u32, service: Handle, status: &mut Status) {
    let end = Instant::now() + Duration::from_secs(20);
    while status.state != state {
        assert!(Instant::now() < end, "it has state {} in place of {state}", status.state);
        thread::sleep(Duration::from_millis(5));
        // SAFETY: the handle is open, and the status is writable.
        unsafe { QueryServiceStatus(service, &raw mut *status) };
    }
}
