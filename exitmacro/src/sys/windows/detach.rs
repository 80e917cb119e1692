//! The end of the process that another module asked for, such as a DLL: its `ExitProcess` is not in
//! the import table of this module. The system ends all other threads then. On the exiting thread
//! it calls first what the fiber-local storage has, then the DLLs, then the TLS callbacks of the
//! program. The hook is in both: a thread that the loader does not know has no such storage, and
//! wine 8 calls no TLS callback at the end.

use super::imports;
use super::terminate::exit_now;
use core::ffi::c_void;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

#[link(name = "kernel32")]
unsafe extern "system" {
    fn FlsAlloc(callback: extern "system" fn(*const c_void)) -> u32;
    fn FlsSetValue(index: u32, value: *const c_void) -> i32;
    fn GetCurrentThreadId() -> u32;
    fn GetModuleHandleW(name: *const u16) -> *const c_void;
    fn SetConsoleCtrlHandler(handler: extern "system" fn(u32) -> i32, add: i32) -> i32;
    fn GetStdHandle(which: u32) -> *mut c_void;
    fn WriteFile(
        file: *mut c_void,
        bytes: *const u8,
        count: u32,
        written: *mut u32,
        overlapped: *mut c_void,
    ) -> i32;
}

#[link(name = "ntdll")]
unsafe extern "system" {
    fn RtlDllShutdownInProgress() -> u8;
}

/// The index of the fiber-local storage, or [`NONE`].
static INDEX: AtomicU32 = AtomicU32::new(NONE);
const NONE: u32 = u32::MAX;

/// Whether the system has ended all other threads.
static IS_DETACHING: AtomicBool = AtomicBool::new(false);

/// Whether the program asked for an end without handlers.
static IS_WITHOUT_HANDLERS: AtomicBool = AtomicBool::new(false);

/// What the loader calls when the process ends.
pub(crate) trait DetachHook: 'static {
    /// Called on the exiting thread. There is no other one, and none can be started.
    fn process_detaches();

    /// Called inside it, on the same thread, when that would wait without end for another thread.
    /// The wait does not return. Returns the status to end with, where that is known.
    fn waits_in_vain() -> Option<i32>;
}

pub(crate) type DetachEntry = extern "system" fn(*const c_void, u32, *const c_void);

/// Has the end of the process noted on the calling thread, the first one of the program; those that
/// start later call [`detach_entry`]. A DLL may be unloaded, and at the end of the process its C
/// runtime calls the hook.
pub(crate) fn watch_detach<H: DetachHook>() {
    keep_table();
    if super::is_in_main_program(thread_ends::<H> as *const ()) {
        // SAFETY: the program stays loaded, and with it the function.
        INDEX.store(unsafe { FlsAlloc(thread_ends::<H>) }, Ordering::Relaxed);
        note_thread();
        // SAFETY: as above.
        unsafe { SetConsoleCtrlHandler(note_console_event, 1) };
    }
}

/// Has the storage call the hook when the calling thread ends.
fn note_thread() {
    let index = INDEX.load(Ordering::Relaxed);
    if index != NONE {
        // SAFETY: the index is that of `FlsAlloc`. The value is no address; null would not do.
        unsafe { FlsSetValue(index, core::ptr::without_provenance(1)) };
    }
}

/// Called when a thread ends, or the process.
extern "system" fn thread_ends<H: DetachHook>(_value: *const c_void) {
    // SAFETY: no preconditions.
    if unsafe { RtlDllShutdownInProgress() } != 0 {
        process_ends::<H>();
    }
}

pub(crate) extern "system" fn detach_entry<H: DetachHook>(
    module: *const c_void,
    event: u32,
    _reserved: *const c_void,
) {
    const PROCESS_DETACH: u32 = 0;
    const THREAD_ATTACH: u32 = 2;
    match event {
        THREAD_ATTACH => note_thread(),
        // SAFETY: a null name means the executable.
        PROCESS_DETACH if module == unsafe { GetModuleHandleW(core::ptr::null()) } => {
            process_ends::<H>();
        }
        _ => {}
    }
}

fn process_ends<H: DetachHook>() {
    let is_first = !IS_DETACHING.swap(true, Ordering::Relaxed);
    if is_first && !IS_WITHOUT_HANDLERS.load(Ordering::Relaxed) && !is_console_event() {
        imports::exchange("WaitOnAddress", |found| {
            WAIT_ON_ADDRESS.store(found, Ordering::Relaxed);
            Some(wait_on_address::<H> as *mut ())
        });
        H::process_detaches();
    }
}

/// The thread that the system has started for an event of the console which no handler took.
static CONSOLE_THREAD: AtomicU32 = AtomicU32::new(0);

/// Called for such an event, because it was registered first. What follows is the default of the
/// system, which is `ExitProcess`: a program that asks for no signals ends by Ctrl-C without
/// handlers, as on Unix.
extern "system" fn note_console_event(_event: u32) -> i32 {
    const PASS_ON: i32 = 0;
    // SAFETY: no preconditions.
    CONSOLE_THREAD.store(unsafe { GetCurrentThreadId() }, Ordering::Relaxed);
    PASS_ON
}

fn is_console_event() -> bool {
    // SAFETY: no preconditions.
    CONSOLE_THREAD.load(Ordering::Relaxed) == unsafe { GetCurrentThreadId() }
}

/// What stood in the import table. std waits by it for its locks, conditions and channels.
static WAIT_ON_ADDRESS: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// In place of `WaitOnAddress`, when there is no other thread that could wake this one.
extern "system" fn wait_on_address<H: DetachHook>(
    address: *const u8,
    compared: *const u8,
    size: usize,
    milliseconds: u32,
) -> i32 {
    const WITHOUT_END: u32 = u32::MAX;
    const HAS_CHANGED: i32 = 1;
    if milliseconds != WITHOUT_END {
        let original = WAIT_ON_ADDRESS.load(Ordering::Relaxed);
        // SAFETY: the pointer is what the loader wrote into the import table for `WaitOnAddress`,
        // whose documentation has this type.
        let original = unsafe {
            core::mem::transmute::<
                *mut (),
                extern "system" fn(*const u8, *const u8, usize, u32) -> i32,
            >(original)
        };
        return original(address, compared, size, milliseconds);
    }
    // SAFETY: the caller of `WaitOnAddress` passes two places of this size. No other thread writes.
    if (0..size).any(|byte| unsafe { address.add(byte).read() != compared.add(byte).read() }) {
        return HAS_CHANGED;
    }
    exit_now(H::waits_in_vain().unwrap_or(1))
}

pub(super) fn is_detaching() -> bool {
    IS_DETACHING.load(Ordering::Relaxed)
}

/// To be called when the program ends the process by a function that calls no handlers, and that
/// the C runtime implements by its own `ExitProcess`.
pub(super) fn leave_out_handlers() {
    IS_WITHOUT_HANDLERS.store(true, Ordering::Relaxed);
}

/// Writes to stderr without the C runtime, which may be detached before the program is.
pub(super) fn write_stderr(bytes: &[u8]) {
    const STDERR: u32 = -12_i32 as u32;
    let mut written = 0;
    // SAFETY: the buffer is valid for its length; a line is far shorter than 4 GiB. The handle is
    // that of stderr, or one for which the call fails. `written` is writable.
    unsafe {
        WriteFile(
            GetStdHandle(STDERR),
            bytes.as_ptr(),
            bytes.len() as u32,
            &raw mut written,
            core::ptr::null_mut(),
        )
    };
}

/// Has the linker keep the table of these callbacks.
#[cfg(target_env = "msvc")]
fn keep_table() {
    unsafe extern "C" {
        static _tls_used: u8;
    }
    // SAFETY: the C runtime defines it, and its first byte is readable.
    unsafe { (&raw const _tls_used).read_volatile() };
}

#[cfg(not(target_env = "msvc"))]
fn keep_table() {}
