//! The hook of libc, and the entry that installs it when the program or the library is loaded.
//!
//! What happens before `main`: the process id is noted, because a forked child of a program that
//! only declares handlers could not be told from its parent otherwise; and libc gets the hook, more
//! than once, see [`COPIES`]. Where handlers are declared, forks are watched from then on; where
//! `config!` says something, it comes into effect.
//!
//! That, and a hook that does nothing, is in every program. What leads to all the rest is in
//! [`engine`].

#![allow(unsafe_code)]

use crate::config::LogLevel;
use crate::config::declared::SETTINGS;
use crate::config::read::config;
use crate::fork::ownership;
#[cfg(feature = "signals")]
use crate::handler::context::ExitReason;
use crate::process::{conclude, entry, panic};
use crate::report::line::say;
use crate::run::{self, Entry, Need, Trigger};
use crate::{engine, sys};
#[cfg(feature = "signals")]
use std::sync::atomic::{AtomicBool, Ordering};

struct Hook;

impl sys::ExitHook for Hook {
    fn process_ends(status: Option<i32>) {
        if let Some(engine) = engine::or_end(status) {
            (engine.process_ends)(status);
        }
    }
}

/// The hook, where there is or was something to run.
pub(crate) fn process_ends(status: Option<i32>) {
    // One of the other copies, mostly. They return at once, without what the rest puts on the
    // stack.
    if !run::has_passed() {
        first_comes(status);
    }
}

#[inline(never)]
fn first_comes(status: Option<i32>) {
    // Before the run, and while it goes on, the hook stays installed: a thread that calls `exit`
    // meanwhile finds it again, and does not end the process under the run. First of all, and
    // without a lock: as long as that is not done, only the other copies are there to be found.
    if !run::is_finished() {
        sys::install_hook::<Hook>();
    }
    let in_main_program = || sys::is_in_main_program(process_ends as *const ());
    let _at_the_end = NothingLeadsHere;
    match run::need(status) {
        Need::Nothing => return,
        Need::Conclude if in_main_program() => return conclude(status),
        Need::Conclude => return,
        Need::Hold => sys::change_status(run::hold()),
        Need::Run => {}
    }
    if !in_main_program() {
        return shared_object_goes(status);
    }
    if is_success(status) && ownership::await_adoption() && config().log >= LogLevel::Info {
        say_not_adopted();
    }
    let trigger = Trigger::Hook { status, asked: asked(status) };
    match entry::enter(trigger) {
        Entry::Nothing => {}
        // It may have ended just now, on a thread that was about to end the process and that this
        // one took over from.
        Entry::WasFinished(_) | Entry::Ran { .. } => conclude(status),
        Entry::Inside => {
            run::leave_by_exit(trigger);
            conclude(status);
        }
    }
}

/// Says why the handlers of a daemon run in its parent. It may be meant, so only on request.
#[cold]
fn say_not_adopted() {
    say(format_args!(
        "a forked child in its own session has not adopted the exit handlers, so they run here, in its parent; a daemon calls `exitmacro::adopt` right after the fork"
    ));
}

/// Undoes, however the hook of a shared object returns, what leads from outside into code that may
/// be gone then.
struct NothingLeadsHere;

impl Drop for NothingLeadsHere {
    fn drop(&mut self) {
        panic::stop_watching_in_object();
    }
}

/// The hook in a shared object. The process may well go on, so it is not ours to end, whatever the
/// handlers ask for; nor may it come back to code that is gone.
fn shared_object_goes(status: Option<i32>) {
    // `dlclose` hands over 0, which is no status.
    let trigger = Trigger::SharedObjectHook { status: status.filter(|_| !is_success(status)) };
    if entry::enter(trigger) == Entry::Inside {
        run::leave_by_exit(trigger);
    }
}

/// The signal that asked for the end of this process, when it ends well. A plain `main` that
/// returns because of that is not told from `std::process::exit(0)`; one with `#[exitmacro::main]`
/// is, and does not come here.
fn asked(status: Option<i32>) -> Option<run::Asked> {
    #[cfg(feature = "signals")]
    if is_success(status) && !MAIN_IS_SEEN.load(Ordering::Relaxed) {
        return ON_SIGNAL.get().and_then(|on_signal| (on_signal.asked)());
    }
    _ = status;
    None
}

/// Whether `main` carries the attribute, so that its return is seen there, and not taken for an
/// exit.
#[cfg(feature = "signals")]
static MAIN_IS_SEEN: AtomicBool = AtomicBool::new(false);

/// To be called when the `main` that counts begins.
pub(super) fn main_is_seen() {
    #[cfg(feature = "signals")]
    MAIN_IS_SEEN.store(true, Ordering::Relaxed);
}

/// What the handling of signals, where the program asks for it, has to say in the hook. Pointers,
/// so that other programs do not contain it.
#[cfg(feature = "signals")]
pub(super) struct OnSignal {
    /// The signal that asked for the end of the process.
    pub(super) asked: fn() -> Option<run::Asked>,
    /// Ends the process by the signal that the run took place for, if that is the policy; the
    /// argument is the status after the run.
    pub(super) die_if_that_is_the_policy: fn(ExitReason, Option<i32>),
}

/// What [`listen_to`] was given.
#[cfg(feature = "signals")]
static ON_SIGNAL: sys::StaticRef<OnSignal> = sys::StaticRef::new();

#[cfg(feature = "signals")]
pub(super) fn listen_to(on_signal: &'static OnSignal) {
    // A second time, in a process that adopts, it is the same.
    ON_SIGNAL.set(on_signal);
}

/// Lets libc go on with the end of the process, or ends it differently when the run came to another
/// end than the one in flight.
fn conclude(status: Option<i32>) {
    let ending = run::ending_inside_exit();
    if let Some(code) = ending.code
        && ending.at_once
    {
        conclude::exit_now(code);
    }
    #[cfg(feature = "signals")]
    if let Some(on_signal) = ON_SIGNAL.get() {
        (on_signal.die_if_that_is_the_policy)(ending.reason, ending.code);
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

/// Also where libc does not tell the status.
fn is_success(status: Option<i32>) -> bool {
    sys::as_the_parent_sees(status.unwrap_or(0)) == 0
}

/// Puts the hook on top of libc's list once more, so that the handlers run before everything that
/// was registered with libc so far.
///
/// Without a call, the hook is where it was put at load: early, so that C++ statics, OpenSSL and
/// whatever else uses `atexit` after that go first, and are gone when the handlers run. A program
/// whose handlers need such a thing calls this after it made that thing. May be called often; the
/// handlers still run once.
///
/// When libc has no memory for it, a line on stderr says so; the handlers run all the same, at
/// their old place.
///
/// ```
/// exitmacro::arm();
/// ```
pub fn arm() {
    if !install() {
        say(format_args!("`exitmacro::arm` had no effect: libc takes no more `atexit` functions"));
    }
}

/// How many copies of the hook libc gets.
///
/// libc takes a function off its list before it calls it. Of several threads that call C `exit` at
/// once, one would find the list empty before the first one has put the hook back, and end the
/// process under the run. The copies are what the others find: no handler is lost as long as not
/// more threads than these are between the two. Later is too late for them: libc would call them
/// before what the program has registered until then. glibc keeps room for 32 functions, so they
/// allocate nothing.
const COPIES: u32 = 8;

fn install() -> bool {
    (0..COPIES).all(|_| sys::install_hook::<Hook>())
}

struct Load;

impl sys::LoadHook for Load {
    fn loaded() {
        ownership::note_process();
        sys::let_profile_come_last();
        install();
        if let Some(engine) = engine::of_declared() {
            (engine.at_load)();
        }
        if let Some(settings) = SETTINGS.first() {
            settings.come_into_effect();
        }
    }
}

// SAFETY: the loader calls the functions of this section once, with the arguments of the type where
// there are any, after libc is ready and before `main`, or inside `dlopen`. The entry cannot panic,
// and unless `config!` asks for signals it allocates nothing and starts nothing.
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
#[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".init_array"))]
static AT_LOAD: sys::LoadEntry = sys::load_entry::<Load>;
