//! The hook of libc, and the entry that installs it when the program or the library is loaded.
//!
//! Before `main`, the entry notes the process id: without it, a forked child of a program that only
//! declares handlers could not be distinguished from its parent. It gives libc the hook, more than
//! once, see [`COPIES`]. If handlers are declared, it watches forks; if `config!` is used, it
//! applies that.
//!
//! Every program contains the entry, and a hook that does nothing. What leads to the rest of the
//! crate is in [`engine`].

#![allow(unsafe_code)]

use crate::config::declared::BY_CONFIG;
use crate::fork::identity;
use crate::inherited::request::Request;
use crate::process::asked_calls::{asked_at_end, asked_calls};
#[cfg(libc_passes_status)]
use crate::process::list_end;
use crate::process::{conclude, entry, panic};
use crate::report::line::say;
#[cfg(windows)]
use crate::report::words::End;
use crate::run::{self, Entry, Need, Trigger};
use crate::{engine, sys};
use std::sync::atomic::{AtomicBool, Ordering};

struct Hook;

impl sys::ExitHook for Hook {
    fn process_ends(status: Option<i32>) {
        if let Some(engine) = engine::or_end(status) {
            (engine.process_ends)(status);
        }
    }

    #[cfg(libc_passes_status)]
    fn list_ends() {
        if let Some(engine) = engine::if_started() {
            (engine.list_ends)();
        }
    }
}

#[cfg(windows)]
impl sys::DetachHook for Hook {
    fn process_detaches() {
        if let Some(engine) = engine::if_started() {
            (engine.process_detaches)();
        }
    }

    fn waits_in_vain() -> Option<i32> {
        run::run_the_rest(End::Stuck)
    }
}

/// The backstop, in a program that has or had something to run.
#[cfg(windows)]
pub(crate) fn process_detaches() {
    if let Some(code) = run::run_the_rest(End::Cut) {
        conclude::exit_now(code);
    }
}

/// The hook, in a program that has or had something to run.
pub(crate) fn process_ends(status: Option<i32>) {
    // The other copies of the hook return here, without the stack frame of the rest.
    if !run::is_hook_done() {
        run_hook(status);
    }
}

#[inline(never)]
fn run_hook(status: Option<i32>) {
    #[cfg(libc_passes_status)]
    list_end::note(status);
    // The hook stays installed before and during the run: a thread that calls `exit` meanwhile
    // finds it again, and does not end the process during the run. It is put back first of all, and
    // without a lock: until then only the other copies are there.
    if !run::is_finished() {
        sys::install_hook::<Hook>();
    }
    if in_main_program() {
        sys::note_inside_exit();
    }
    let _stop_watching = StopWatchingOnDrop;
    match run::need(status) {
        Need::Nothing => return nothing_ran(false),
        Need::NoHandlers => return nothing_ran(is_success_of_plain_main(status)),
        Need::Conclude if in_main_program() => return continue_in_libc(status),
        Need::Conclude => return,
        Need::Run => {}
    }
    if !in_main_program() {
        return shared_object_unloads(status);
    }
    let trigger = Trigger::Hook { status, asked: asked(status) };
    match entry::enter(trigger) {
        Entry::Nothing => nothing_ran(is_success_of_plain_main(status)),
        // The run may have finished just now, on a thread that was about to end the process and
        // that this thread took over from.
        Entry::WasFinished(_) | Entry::Ran { .. } => continue_in_libc(status),
        Entry::Inside => {
            // The handler asked for the end with this status, whatever had asked before.
            run::leave_by_exit(Trigger::Hook { status, asked: None });
            continue_in_libc(status);
        }
    }
}

/// The end of libc's list of functions, in a program that has or had something to run. A thread
/// that has not been to the hook goes there now. The one that ends the process has been there: with
/// the status of another thread, it would begin libc's `exit` anew.
#[cfg(libc_passes_status)]
pub(crate) fn list_ends() {
    if !run::is_hook_done() && in_main_program() && !run::seen().is_inside_exit {
        process_ends(list_end::status_of_other());
    }
}

/// What the hook does when it has no handlers to run. `is_success` says whether the process ends
/// with a success that may be the return of a plain `main`.
fn nothing_ran(is_success: bool) {
    if in_main_program() {
        Request::close();
    }
    if let Some(calls) = asked_calls() {
        (calls.nothing_ran)(is_success);
    }
}

/// Whether the hook is that of the program, so that the process ends, and not that of a shared
/// object, after which the process may continue.
fn in_main_program() -> bool {
    sys::is_in_main_program(in_main_program as *const ())
}

/// Removes, however the hook of a shared object returns, the pointers from outside into its code,
/// which may be unmapped afterwards.
struct StopWatchingOnDrop;

impl Drop for StopWatchingOnDrop {
    fn drop(&mut self) {
        panic::stop_watching_in_object();
    }
}

/// The hook in a shared object. The process may continue, so the hook does not end it, whatever the
/// handlers ask for. Nor may the process call code that is unmapped.
fn shared_object_unloads(status: Option<i32>) {
    // `dlclose` passes 0, which is no status.
    let trigger = Trigger::SharedObjectHook { status: status.filter(|_| !is_success(status)) };
    if entry::enter(trigger) == Entry::Inside {
        run::leave_by_exit(Trigger::SharedObjectHook { status });
    }
}

/// What asked for the end of this process, if the process ends with success. The return of a plain
/// `main` cannot be distinguished from `std::process::exit(0)`. A `main` with `#[exitmacro::main]`
/// does not get here.
fn asked(status: Option<i32>) -> Option<run::Asked> {
    // What a handler asks for decides. If the run abandons it, the process may continue.
    if run::seen().is_in_handler {
        return None;
    }
    asked_at_end().filter(|_| is_success_of_plain_main(status))
}

/// Whether the process ends with success, and that may be the return of a plain `main`.
fn is_success_of_plain_main(status: Option<i32>) -> bool {
    is_success(status) && !MAIN_IS_SEEN.load(Ordering::Relaxed)
}

/// Whether `main` carries the attribute, so that its return is seen there, and not taken for an
/// `exit`.
static MAIN_IS_SEEN: AtomicBool = AtomicBool::new(false);

/// To be called when the `main` that the settings belong to begins.
pub(super) fn note_main() {
    MAIN_IS_SEEN.store(true, Ordering::Relaxed);
}

/// Lets libc continue the end of the process, or changes its status or its manner to that of the
/// run.
fn continue_in_libc(status: Option<i32>) {
    let ending = run::ending_inside_exit();
    if let Some(code) = ending.code
        && ending.at_once
    {
        conclude::end_at_once(&ending, code);
    }
    #[cfg(feature = "signals")]
    if let Some(calls) = asked_calls() {
        (calls.die_by_policy)(ending.reason, ending.code);
    }
    match ending.code {
        Some(code)
            if Some(sys::as_the_parent_sees(code)) != status.map(sys::as_the_parent_sees) =>
        {
            sys::change_status(code)
        }
        _ => {}
    }
}

/// Whether the status is a success; also if libc does not pass it.
fn is_success(status: Option<i32>) -> bool {
    sys::as_the_parent_sees(status.unwrap_or(0)) == 0
}

/// Puts the hook on top of libc's list again, so that the handlers run before all functions that
/// were registered with libc so far.
///
/// Without a call, the hook stays where it was put at load. That is early: C++ statics, OpenSSL and
/// other users of `atexit` are torn down before the handlers run. A program whose handlers need one
/// of these calls `arm` after it has created it. May be called often; the handlers still run once.
///
/// If libc has no memory for it, a line on stderr reports that; the handlers run all the same, at
/// their old place.
///
/// The guide: [plugins](crate::guide::plugins).
///
/// ```
/// exitmacro::arm();
/// ```
#[doc(alias("openssl"))]
pub fn arm() {
    if !install() {
        say(format_args!("`exitmacro::arm` had no effect: libc takes no more `atexit` functions"));
    }
}

/// How many copies of the hook libc gets.
///
/// libc takes a function off its list before it calls it. If several threads call C `exit` at once,
/// one of them could find the list empty before the first thread has put the hook back, and end the
/// process during the run. The copies are for these threads: no handler is lost unless more than
/// eight threads arrive in between. To add copies later would not help: libc would call them before
/// the functions that the program has registered by then. glibc keeps room for 32 functions, so the
/// copies allocate nothing. Where it passes the status, [`AT_LIST_END`] is for the eighth thread,
/// and costs a quarter of a copy.
const COPIES: u32 = if cfg!(libc_passes_status) { 7 } else { 8 };

fn install() -> bool {
    // Whether libc refuses one is looked at once, as all programs do this at load.
    (0..COPIES).fold(true, |all, _| all & sys::install_hook::<Hook>())
}

fn loaded() {
    identity::note_process();
    // Before the hook can be called, which finds the engine where this stores it.
    if let Some(engine) = engine::of_declared() {
        (engine.at_load)();
    }
    sys::let_profile_come_last();
    install();
    #[cfg(windows)]
    sys::watch_detach::<Hook>();
    if let Some(settings) = BY_CONFIG.last() {
        settings.apply_at_load();
    }
}

// SAFETY: the loader calls the functions of this section once, with the arguments of the type if
// there are any, after libc is ready and before `main`, or inside `dlopen`. The entry cannot panic,
// and unless `config!` asks for signals it allocates nothing and starts nothing.
// Miri calls these functions without arguments, which is undefined behaviour for it.
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
#[cfg_attr(not(any(target_vendor = "apple", windows, miri)), unsafe(link_section = ".init_array"))]
#[cfg_attr(
    target_os = "wasi",
    unsafe(export_name = concat!("exitmacro:at load:", env!("CARGO_PKG_VERSION")))
)]
static AT_LOAD: sys::LoadEntry = sys::load_entry!(loaded);

// SAFETY: libc calls the functions of this section once, without arguments: the last function on
// its list does, or `dlclose`. The entry cannot panic.
#[cfg(all(libc_passes_status, not(miri)))]
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_LIST_END: extern "C" fn() = sys::list_end_entry!(Hook);

// SAFETY: the loader calls the functions of this section with the arguments of the type, on threads
// that begin and end, and when the process does. The entry cannot panic, and does something in the
// last case only. By its name it comes before the one of std, which drops the thread-locals.
#[cfg(windows)]
#[used]
#[unsafe(link_section = ".CRT$XLAE")]
static AT_DETACH: sys::DetachEntry = sys::detach_entry::<Hook>;
