//! Windows.

mod at_exit;
#[cfg(feature = "resources")]
mod child;
#[cfg(feature = "signals")]
mod console;
mod detach;
mod imports;
mod process;
mod terminate;

#[path = "../end_unknown.rs"]
mod end;
#[path = "../no_fork.rs"]
mod no_fork;
#[cfg(feature = "signals")]
#[path = "../no_posix_signals.rs"]
mod no_posix_signals;
#[path = "../not_unix.rs"]
mod not_unix;
#[path = "../thread_end_unknown.rs"]
mod thread_end;
#[path = "../watch_nothing.rs"]
mod watch;

pub(crate) use at_exit::{TELLS_STATUS, change_status, install_hook, libc_version};
#[cfg(feature = "resources")]
pub(crate) use child::{ChildHandle, end_job, spawn_in_job};
pub(crate) use detach::{DetachEntry, DetachHook, detach_entry, watch_detach};
pub(crate) use end::NotedEnd;
pub(crate) use no_fork::*;
#[cfg(feature = "signals")]
pub(crate) use no_posix_signals::*;
pub(crate) use not_unix::*;
pub(crate) use process::end_child;
pub(crate) use process::end_child as stop_child;
pub(crate) use terminate::exit_now;
pub(crate) use thread_end::at_thread_end;
pub(crate) use watch::{ThreadWatch, is_parked, might_be_parked};

use core::ffi::{c_int, c_void};

pub(crate) const HAS_THREADS: bool = true;

unsafe extern "C" {
    fn _write(file: c_int, bytes: *const c_void, count: u32) -> c_int;
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentThreadId() -> u32;
    fn GetThreadId(thread: *mut c_void) -> u32;
    fn GetModuleHandleW(name: *const u16) -> *const c_void;
    fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *const c_void) -> i32;
    fn Sleep(milliseconds: u32);
}

pub(crate) fn process_id() -> u32 {
    std::process::id()
}

pub(crate) fn thread_key() -> ThreadKey {
    // SAFETY: no preconditions.
    unsafe { GetCurrentThreadId() as ThreadKey }
}

/// The key of a thread that was not joined.
pub(crate) fn thread_key_of<T>(thread: &std::thread::JoinHandle<T>) -> ThreadKey {
    use std::os::windows::io::AsRawHandle;
    // SAFETY: the handle is open as long as it is borrowed.
    unsafe { GetThreadId(thread.as_raw_handle()) as ThreadKey }
}

pub(crate) fn is_main_thread() -> bool {
    super::has_name_of_main_thread()
}

/// No thread-local keeps a module loaded here, so the calling thread does the work.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there may be no thread to be had")]
pub(crate) fn start_thread<F: FnOnce() + Send + 'static>(
    _stack_size: Option<usize>,
    work: F,
) -> std::io::Result<PlainThread> {
    work();
    Ok(PlainThread)
}

/// Looks up the module of an address; with `pin`, it stays loaded until the process ends.
fn module_of(code: *const (), pin: bool) -> *const c_void {
    const FROM_ADDRESS: u32 = 4;
    const UNCHANGED_COUNT: u32 = 2;
    const PIN: u32 = 1;
    let mut module = core::ptr::null();
    // SAFETY: with `FROM_ADDRESS` every address is allowed, and `module` is writable.
    unsafe {
        GetModuleHandleExW(
            FROM_ADDRESS | if pin { PIN } else { UNCHANGED_COUNT },
            code.cast(),
            &raw mut module,
        )
    };
    module
}

pub(crate) fn is_in_main_program(code: *const ()) -> bool {
    // SAFETY: a null name means the executable.
    module_of(code, false) == unsafe { GetModuleHandleW(core::ptr::null()) }
}

pub(crate) fn keep_loaded(code: *const ()) {
    module_of(code, true);
}

pub(crate) fn write_stderr(bytes: &[u8]) {
    if detach::is_detaching() {
        return detach::write_stderr(bytes);
    }
    // SAFETY: the buffer is valid for its length; a line is far shorter than 4 GiB.
    unsafe { _write(2, bytes.as_ptr().cast(), bytes.len() as u32) };
}

/// Sleeps for a millisecond.
pub(crate) fn wait_a_moment() {
    // SAFETY: no preconditions.
    unsafe { Sleep(1) };
}

pub(crate) fn park_forever() -> ! {
    loop {
        // SAFETY: no preconditions.
        unsafe { Sleep(u32::MAX) };
    }
}

#[cfg(feature = "signals")]
pub(crate) use signals::*;

#[cfg(feature = "signals")]
mod signals {
    //! The signals of the C runtime: the system starts a thread for each, so nothing here needs to
    //! be async-signal-safe.

    use super::console;
    use core::ffi::c_int;
    use std::io;
    use std::sync::{Condvar, Mutex, PoisonError};

    /// A parent cannot pass on an ignored signal here.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere the question may fail")]
    pub(crate) fn is_ignored(_signal: c_int) -> io::Result<bool> {
        Ok(false)
    }

    /// Also the events of the console that have no signal of the C runtime. No child is forked.
    pub(crate) fn take_over(signal: c_int, action: fn(c_int)) -> io::Result<()> {
        // SAFETY: the action reads and writes atomics, wakes a thread, and calls `_exit`, all of
        // which are allowed on the thread that gets the signal.
        unsafe { signal_hook::low_level::register(signal, move || action(signal)) }?;
        console::take_over(signal, action)
    }

    pub(crate) struct Wake {
        posted: Mutex<u32>,
        changed: Condvar,
    }

    impl Wake {
        pub(crate) const fn new() -> Self {
            Self { posted: Mutex::new(0), changed: Condvar::new() }
        }

        #[expect(
            clippy::unnecessary_wraps,
            reason = "other systems need something that may not be there"
        )]
        pub(crate) fn prepare(&self) -> io::Result<()> {
            Ok(())
        }

        pub(crate) fn post(&self) {
            *self.posted.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            self.changed.notify_one();
        }

        pub(crate) fn wait(&self) {
            let posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner);
            let mut posted = self
                .changed
                .wait_while(posted, |posted| *posted == 0)
                .unwrap_or_else(PoisonError::into_inner);
            *posted -= 1;
        }
    }
}
