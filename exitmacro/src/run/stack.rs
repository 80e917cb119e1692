//! The stacks of abandoned handlers, on stderr.
//!
//! A thread of its own captures and prints them: to name the functions, it reads files and takes
//! locks that the abandoned handler may hold, and the supervisor must keep the clock meanwhile. The
//! end of the process waits for that thread, for a limited time.

use crate::fork::generation;
use crate::handler::clock::Moment;
use crate::report::line::say;
use crate::run::active::Current;
use crate::sys::{self, StackOwner};
use crate::text::duration::Size;
use crate::threads;
use crate::times::{STACK_TIMEOUT, STACKS_TIMEOUT};
use core::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// The functions of this crate that call handlers: what lies below them is not the handler's. The
/// optimiser puts the first ones into the others.
const CALL_HANDLERS: [&str; 3] =
    ["exitmacro::run::execute::", "exitmacro::run::series::", "exitmacro::run::lane::"];

/// What lies between that function and the handler: code of std, of this crate, and of the macro.
const BETWEEN: [&str; 6] = [
    "exitmacro::handler::",
    "<exitmacro::",
    "std::panic",
    "core::ops::function::",
    "<core::panic::unwind_safe::",
    "__rust_try",
];

/// How many frames are printed.
const SHOWN: usize = 40;

/// How many stacks are being printed, in the process of this generation.
static PENDING: AtomicU32 = AtomicU32::new(0);
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Only one is printed at a time, so that the lines of two do not mix.
static PRINTING: Mutex<()> = Mutex::new(());

/// A handler that is about to be abandoned, whose stack is printed afterwards.
pub(super) struct Suspect {
    name: String,
    owner: StackOwner,
}

impl Suspect {
    /// `None` for a handler that its thread has not taken yet, for the flush of stdout, and without
    /// memory: no thread could print the stack.
    pub(super) fn of(current: &Current) -> Option<Self> {
        if sys::is_starved() {
            return None;
        }
        let subject = current.subject.as_ref().filter(|_| !current.is_handed_over())?;
        Some(Self { name: subject.shown_name(false).to_owned(), owner: current.worker.stack })
    }

    /// Has a thread print the stack.
    #[cold]
    #[inline(never)]
    pub(super) fn start_printing(self) {
        let generation = generation::current();
        if GENERATION.swap(generation, Ordering::AcqRel) != generation {
            PENDING.store(0, Ordering::Release);
        }
        PENDING.fetch_add(1, Ordering::AcqRel);
        let print = move || {
            _ = catch_unwind(AssertUnwindSafe(|| self.print()));
            PENDING.fetch_sub(1, Ordering::AcqRel);
        };
        if let Err(error) = threads::spawn("exitmacro-stack", print) {
            PENDING.fetch_sub(1, Ordering::AcqRel);
            say(format_args!(
                "no thread could be started ({error}): the stack of the handler is not printed"
            ));
        }
    }

    /// Prints the stack, one line a frame, or that there is none.
    fn print(self) {
        let _alone = PRINTING.lock().unwrap_or_else(PoisonError::into_inner);
        let name = self.name;
        let Some(frames) = self.owner.capture(STACK_TIMEOUT) else {
            return say(format_args!(
                "the stack of `{name}` is not known: its thread has ended, blocks signals, or did \
                 not run within {}",
                Size(STACK_TIMEOUT)
            ));
        };
        let calls = described(&frames);
        say(format_args!("the stack of `{name}`, the innermost call first:"));
        for (index, call) in calls.iter().take(SHOWN).enumerate() {
            say(format_args!("{index:4}: {call}"));
        }
        if calls.len() > SHOWN {
            say(format_args!("      and {} more", calls.len() - SHOWN));
        }
    }
}

/// Waits until the stacks are printed. For the thread that ends the process.
pub(super) fn wait() {
    let is_pending = || {
        PENDING.load(Ordering::Acquire) > 0
            && GENERATION.load(Ordering::Acquire) == generation::current()
    };
    if !is_pending() {
        return;
    }
    let end = Moment::now().plus(STACKS_TIMEOUT);
    while is_pending() {
        if end <= Moment::now() {
            return say(format_args!(
                "the stacks of abandoned handlers were not printed within {}",
                Size(STACKS_TIMEOUT)
            ));
        }
        sys::wait_a_moment();
    }
}

/// The calls of the handler, each with its place in the source where that is known.
fn described(frames: &[usize]) -> Vec<String> {
    let mut calls = Vec::new();
    for (index, &frame) in frames.iter().enumerate() {
        // A frame has the address behind its call, which a look-up takes into account. The
        // interrupted one has that of the next instruction itself.
        let address = if index == 0 { frame.saturating_add(1) } else { frame };
        let known = calls.len();
        backtrace::resolve(address as *mut c_void, |symbol| calls.push(call(symbol)));
        if calls.len() == known {
            calls.push((format!("{frame:#x}"), String::new()));
        }
    }
    let calls_handlers = |name: &str| CALL_HANDLERS.iter().any(|start| name.starts_with(start));
    if let Some(end) = calls.iter().position(|(name, _)| calls_handlers(name)) {
        calls.truncate(end);
        while calls.len() > 1 && calls.last().is_some_and(|(name, _)| is_between(name)) {
            calls.pop();
        }
    }
    calls.into_iter().map(|(name, place)| name + &place).collect()
}

/// The name of a function, and the place in it.
fn call(symbol: &backtrace::Symbol) -> (String, String) {
    let name = symbol.name().map_or_else(
        || symbol.addr().map_or_else(String::new, |address| format!("{address:?}")),
        // Without the hash.
        |name| format!("{name:#}"),
    );
    let place = symbol.filename().zip(symbol.lineno());
    let place = place.map(|(file, line)| format!(" ({}:{line})", file.display()));
    (name, place.unwrap_or_default())
}

fn is_between(name: &str) -> bool {
    name.contains("__EXITMACRO_")
        || name.contains(" as exitmacro::handler::")
        || BETWEEN.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_the_run_and_the_handler_is_left_out() {
        assert!(is_between("std::panicking::catch_unwind"));
        assert!(is_between("exitmacro::handler::raw::call"));
        assert!(is_between("app::<impl Orderable for app::close>::KEY::__EXITMACRO_HANDLER::f"));
        assert!(is_between("<F as exitmacro::handler::callback::HandlerFn<fn() .> R>>::call"));
        assert!(!is_between("app::close"));
        assert!(!is_between("<app::Pool as exitmacro::resource::cleanup::AtExitCleanup>::cleanup"));
    }

    #[test]
    fn a_frame_without_a_name_is_an_address() {
        assert_eq!(described(&[1]), ["0x1"]);
    }
}
