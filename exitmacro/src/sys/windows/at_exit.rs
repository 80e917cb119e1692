//! The hook at the end of the process. `std::process::exit` is `ExitProcess`, which ends all other
//! threads before it calls any code, and the C runtime does not pass the exit status to `atexit`
//! functions. So the hook takes the place of `ExitProcess` and of C `exit` in the import table of
//! the module that it is part of, and is given to `atexit` as well.

use super::terminate::exit_now;
use super::{detach, imports};
use crate::sys::ExitHook;
use core::ffi::{CStr, c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, Ordering};

unsafe extern "C" {
    fn atexit(hook: extern "C" fn()) -> c_int;
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetModuleHandleW(name: *const u16) -> *const c_void;
    fn GetProcAddress(module: *const c_void, name: *const core::ffi::c_char) -> *mut ();
}

/// Whether the C runtime passes the exit status to the hook. A runtime that is linked statically
/// is not imported, so its `exit` is not replaced.
pub(crate) const TELLS_STATUS: bool =
    !cfg!(all(target_env = "msvc", target_feature = "crt-static"));

/// Which C runtime this is.
pub(crate) fn libc_version() -> String {
    "the C runtime".to_owned()
}

/// What stood in the import table; null if the module does not import it.
static EXIT_PROCESS: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());
static EXIT: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// The status with which a thread has entered the C runtime's `exit`, or [`UNKNOWN`].
static STATUS: AtomicI64 = AtomicI64::new(UNKNOWN);
const UNKNOWN: i64 = i64::MAX;

extern "C" fn called_by_libc<H: ExitHook>() {
    H::process_ends(i32::try_from(STATUS.load(Ordering::Relaxed)).ok());
    if !super::is_in_main_program(called_by_libc::<H> as *const ()) {
        // The DLL is about to be unloaded. What its other functions at exit call needs no hook.
        for_each_replaced::<H>(restore);
    }
}

/// In place of `ExitProcess`.
extern "system" fn exit_process<H: ExitHook>(code: u32) -> ! {
    H::process_ends(Some(code.cast_signed()));
    exit_process_now(code)
}

/// In place of C `exit`, which holds a lock while it calls `atexit` functions: a handler that calls
/// it on another thread would wait for ever.
extern "C" fn exit<H: ExitHook>(code: c_int) -> ! {
    H::process_ends(Some(code));
    // Only the thread that ends the process gets here.
    STATUS.store(code.into(), Ordering::Relaxed);
    let exit = EXIT.load(Ordering::Acquire);
    // SAFETY: this function is called by way of the import table only, where it took the place of
    // what is called here. C defines the type.
    unsafe { core::mem::transmute::<*mut (), extern "C" fn(c_int) -> !>(exit)(code) }
}

/// A function of the C runtime that ends the process without handlers. The runtime implements it by
/// its own `ExitProcess`, so that the backstop could not distinguish it from one.
struct WithoutHandlers {
    name: &'static str,
    original: AtomicPtr<()>,
}

impl WithoutHandlers {
    const fn new(name: &'static str) -> Self {
        Self { name, original: AtomicPtr::new(core::ptr::null_mut()) }
    }
}

static WITHOUT_HANDLERS: [WithoutHandlers; 4] = [
    WithoutHandlers::new("_exit"),
    WithoutHandlers::new("_Exit"),
    WithoutHandlers::new("quick_exit"),
    WithoutHandlers::new("abort"),
];

/// In their places. `abort` takes no status, and ignores it.
static REPLACED: [extern "C" fn(c_int) -> !; 4] =
    [without::<0>, without::<1>, without::<2>, without::<3>];

extern "C" fn without<const WHICH: usize>(code: c_int) -> ! {
    detach::leave_out_handlers();
    let original = WITHOUT_HANDLERS[WHICH].original.load(Ordering::Acquire);
    // SAFETY: as in `exit`. A function without parameters ignores one in a register, or on the
    // stack, which the caller of a C function cleans up.
    unsafe { core::mem::transmute::<*mut (), extern "C" fn(c_int) -> !>(original)(code) }
}

pub(crate) fn install_hook<H: ExitHook>() -> bool {
    static ARE_REPLACED: AtomicBool = AtomicBool::new(false);
    if !ARE_REPLACED.swap(true, Ordering::Relaxed) {
        for_each_replaced::<H>(replace);
    }
    // SAFETY: the callback has the type that `atexit` takes.
    unsafe { atexit(called_by_libc::<H>) == 0 }
}

/// Calls a function for each name whose place in the import table is taken, with what takes it and
/// the note of what stood there.
fn for_each_replaced<H: ExitHook>(exchange: fn(&str, *mut (), &AtomicPtr<()>)) {
    exchange("ExitProcess", exit_process::<H> as *mut (), &EXIT_PROCESS);
    exchange("exit", exit::<H> as *mut (), &EXIT);
    for (without, replaced) in WITHOUT_HANDLERS.iter().zip(REPLACED) {
        exchange(without.name, replaced as *mut (), &without.original);
    }
}

/// Puts a function in the place of an imported one, and notes that before.
fn replace(name: &str, by: *mut (), original: &AtomicPtr<()>) {
    imports::exchange(name, |found| {
        let null = core::ptr::null_mut();
        let noted = original.compare_exchange(null, found, Ordering::AcqRel, Ordering::Acquire);
        // Another function of the same name in another module stays.
        noted.map_or_else(|noted| noted == found, |_| true).then_some(by)
    });
}

fn restore(name: &str, by: *mut (), original: &AtomicPtr<()>) {
    imports::exchange(name, |found| (found == by).then(|| original.load(Ordering::Acquire)));
}

/// Ends the process by the system's `ExitProcess`, which calls the DLLs, but not the hook. The
/// system is not asked twice.
fn exit_process_now(code: u32) -> ! {
    if detach::is_detaching() {
        exit_now(code.cast_signed());
    }
    let mut exit_process = EXIT_PROCESS.load(Ordering::Acquire);
    if exit_process.is_null() {
        exit_process = function_of_kernel32(c"ExitProcess");
    }
    if !exit_process.is_null() {
        // SAFETY: the function is `ExitProcess`; its documentation has the type.
        unsafe { core::mem::transmute::<*mut (), extern "system" fn(u32) -> !>(exit_process)(code) }
    }
    exit_now(code.cast_signed())
}

fn function_of_kernel32(name: &CStr) -> *mut () {
    const KERNEL32: [u16; 13] = {
        let (mut wide, mut place) = ([0; 13], 0);
        while place < 12 {
            wide[place] = b"kernel32.dll"[place] as u16;
            place += 1;
        }
        wide
    };
    // SAFETY: both names end with zero. Every process has this module until it ends.
    unsafe { GetProcAddress(GetModuleHandleW(KERNEL32.as_ptr()), name.as_ptr()) }
}

/// The C runtime may be inside its `exit`, which cannot be called again.
pub(crate) fn change_status(code: i32) -> ! {
    exit_process_now(code.cast_unsigned())
}
