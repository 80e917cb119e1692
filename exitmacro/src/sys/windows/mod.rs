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
pub(crate) use process::end_child;
pub(crate) use process::end_child as stop_child;
pub(crate) use terminate::exit_now;
pub(crate) use thread_end::at_thread_end;
pub(crate) use watch::ThreadWatch;

use super::{AbortHook, LoadHook};
use core::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

pub(crate) const HAS_THREADS: bool = true;

pub(crate) type ThreadKey = usize;

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

pub(crate) fn monotonic_nanoseconds() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed().as_nanos() as u64
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

/// There is no `fork` here.
pub(crate) fn at_fork(
    _prepare: extern "C" fn(),
    _parent: extern "C" fn(),
    _child: extern "C" fn(),
) -> bool {
    true
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

pub(crate) struct PlainThread;

impl PlainThread {
    pub(crate) fn join(self) {}
}

/// std names its threads, and there are no others here.
pub(crate) fn name_this_thread(_name: &str) {}

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

/// No set-uid programs here.
pub(crate) fn is_privileged() -> bool {
    false
}

pub(crate) fn write_stderr(bytes: &[u8]) {
    if detach::is_detaching() {
        return detach::write_stderr(bytes);
    }
    // SAFETY: the buffer is valid for its length; a line is far shorter than 4 GiB.
    unsafe { _write(2, bytes.as_ptr().cast(), bytes.len() as u32) };
}

#[cfg(feature = "signals")]
pub(crate) fn write_stderr_in_signal_handler(bytes: &[u8]) {
    write_stderr(bytes);
}

/// Unknown here.
pub(crate) fn stdout_has_room() -> bool {
    true
}

pub(crate) fn stderr_has_room(_: Duration) -> bool {
    true
}

/// Nothing is drawn here.
pub(crate) fn terminal() -> Option<super::Terminal> {
    None
}

/// Nothing is drawn here.
pub(crate) fn draw(_bytes: &[u8]) -> bool {
    false
}

/// A status has 32 bits here.
pub(crate) const fn as_the_parent_sees(code: i32) -> i32 {
    code
}

pub(crate) fn abort_now() -> ! {
    std::process::abort()
}

pub(crate) fn exit(code: i32) -> ! {
    // SAFETY: see `libc::exit`.
    unsafe { libc::exit(code) }
}

pub(crate) use std::thread::yield_now;

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

/// No signal reports an abort here. With `panic = "abort"` the panic hook calls `H`.
pub(crate) fn watch_aborts<H: AbortHook>() {
    let _: fn() = H::process_aborts;
}

pub(crate) fn stop_watching_aborts<H: AbortHook>() {}

/// There is no `fork` here.
pub(crate) fn shared_memory(_words: usize) -> Option<&'static [AtomicU64]> {
    None
}

/// There is no `fork` here.
pub(crate) fn forget_writer() {}

pub(crate) type LoadEntry = extern "C" fn();

pub(crate) extern "C" fn load_entry<H: LoadHook>() {
    H::loaded();
}

/// There is no `fork` here.
pub(crate) fn initial_variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// The run-time library of LLVM is not searched for here.
pub(crate) fn write_profile() {}

pub(crate) fn let_profile_come_last() {}

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

    pub(crate) fn is_profiled() -> bool {
        false
    }

    /// A parent cannot pass on an ignored signal here.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere the question may fail")]
    pub(crate) fn is_ignored(_signal: c_int) -> io::Result<bool> {
        Ok(false)
    }

    /// Also the events of the console that have no signal of the C runtime. No child is forked.
    pub(crate) fn take_over(signal: c_int, action: fn(c_int), _is_forked: bool) -> io::Result<()> {
        // SAFETY: the action reads and writes atomics, wakes a thread, and calls `_exit`, all of
        // which are allowed on the thread that gets the signal.
        unsafe { signal_hook::low_level::register(signal, move || action(signal)) }?;
        console::take_over(signal, action)
    }

    /// Which code handles a signal cannot be read here without a change.
    pub(crate) fn is_still_taken_over(_signal: c_int) -> bool {
        true
    }

    /// There is no `fork` here.
    pub(crate) fn give_back_all() {}

    /// There is no `fork` here.
    pub(crate) fn repeat_as_before(_signal: c_int) {}

    /// There is no signal mask here.
    pub(crate) fn unblock(_signals: impl IntoIterator<Item = c_int>) {}

    /// No process dies of a signal here.
    pub(crate) fn die_of(_signal: c_int) {}

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
