//! musl, linked dynamically: its `atexit` does not pass the exit status to the callback. This file
//! defines `exit` for the program, which notes the status and continues with libc's. Recent musl
//! lets only one call in, so a second one continues with the hook.
//!
//! libc itself does not call it when `main` returns. So this file also defines the function by
//! which the program's first instructions enter libc, and hands over a `main` that calls `exit`. In
//! a shared object these names are its own, and nothing else calls them.

use super::weak_symbol::weak_symbol;
use crate::sys::{ExitHook, StaticRef};
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Whether libc passes the exit status to the hook.
pub(crate) const TELLS_STATUS: bool = true;

/// Which libc this is.
pub(crate) fn libc_version() -> String {
    "musl".to_owned()
}

/// Whether `exit` may stop every thread but the first one that calls it: musl does since 1.2.6.
pub(super) const LETS_ONE_THREAD_EXIT: bool = true;

type Exit = unsafe extern "C" fn(c_int) -> !;
type Main = unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char) -> c_int;
/// The last three parameters are functions that newer versions of musl do not use.
type Start = unsafe extern "C" fn(
    Main,
    c_int,
    *mut *mut c_char,
    *mut c_void,
    *mut c_void,
    *mut c_void,
) -> c_int;

thread_local! {
    /// The status with which the calling thread is inside `exit`. Without a destructor, so that it
    /// is there until the thread has ended.
    static STATUS: Cell<Option<c_int>> = const { Cell::new(None) };
}

/// Whether a thread has called libc's `exit`; in a forked child, also one of the parent.
static IS_ENTERED: AtomicBool = AtomicBool::new(false);

/// The hook, once it is installed.
static HOOK: StaticRef<fn(Option<i32>)> = StaticRef::new();

/// The program's own `main`, of the type [`Main`].
static MAIN: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());

weak_symbol!("exit", exit);
weak_symbol!("__libc_start_main", start);

/// The function of this name that would be called without this file.
fn next(name: &CStr) -> *mut c_void {
    // SAFETY: the name ends with a zero byte.
    unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) }
}

extern "C" fn exit(status: c_int) -> ! {
    STATUS.set(Some(status));
    if IS_ENTERED.swap(true, Ordering::Relaxed) && lets_one_call_in() {
        end_beside_libc(status);
    }
    let next = next(c"exit");
    if next.is_null() {
        super::exit_now(status);
    }
    // SAFETY: every libc has this function, with this type.
    unsafe { mem::transmute::<*mut c_void, Exit>(next)(status) }
}

/// Whether libc traps when the thread that is inside its `exit` calls that again, and stops every
/// other thread. Its first version that does is also the first one with this function.
fn lets_one_call_in() -> bool {
    // SAFETY: the name ends with a zero byte.
    !unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"posix_getdents".as_ptr()) }.is_null()
}

/// Does for a further call of `exit` what the hook would do inside libc. The hook returns only on
/// the thread that ends the process. What is left of libc's list is not called.
fn end_beside_libc(status: c_int) -> ! {
    if let Some(process_ends) = HOOK.get() {
        process_ends(Some(status));
    }
    if super::exit::is_exit_held() {
        super::exit::end_without_exit(status);
    }
    super::exit::end_inside_exit(status)
}

extern "C" fn start(
    main: Main,
    count: c_int,
    arguments: *mut *mut c_char,
    initialise: *mut c_void,
    finish: *mut c_void,
    unload: *mut c_void,
) -> c_int {
    MAIN.store(main as *mut c_void, Ordering::Relaxed);
    let next = next(c"__libc_start_main");
    if next.is_null() {
        // No libc that starts programs in this way is without it.
        super::exit_now(127);
    }
    // SAFETY: musl's function, which the program's first instructions would call with the same
    // arguments. It passes the same three to its first argument as to a `main`.
    unsafe {
        mem::transmute::<*mut c_void, Start>(next)(
            main_with_exit,
            count,
            arguments,
            initialise,
            finish,
            unload,
        )
    }
}

unsafe extern "C" fn main_with_exit(
    count: c_int,
    arguments: *mut *mut c_char,
    variables: *mut *mut c_char,
) -> c_int {
    let main = MAIN.load(Ordering::Relaxed);
    // SAFETY: `start` stored the program's `main`, and this is called once, in its place.
    exit(unsafe { mem::transmute::<*mut c_void, Main>(main)(count, arguments, variables) })
}

extern "C" fn called_by_libc<H: ExitHook>() {
    H::process_ends(status());
}

/// Never inlined, so that a program with a hook contains the object of this file, and with it the
/// symbols.
#[inline(never)]
fn status() -> Option<i32> {
    STATUS.get()
}

pub(crate) fn install_hook<H: ExitHook>() -> bool {
    HOOK.set(const { &(H::process_ends as fn(Option<i32>)) });
    // SAFETY: the callback has the type that `atexit` takes.
    unsafe { libc::atexit(called_by_libc::<H>) == 0 }
}

pub(crate) fn change_status(code: i32) -> ! {
    super::exit::end_inside_exit(code)
}
