//! `SIGABRT`: the last chance to act on a panic that aborts the process.

use super::mask::while_unblocked;
use super::object::keep_object_loaded;
use super::os_handler::{self, HandlerWithInfo};
use super::putting::{ATTEMPTS, Putting};
use crate::sys::{AbortHook, Attempt, SetOnce};
use core::ffi::{c_int, c_void};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};

/// The earlier handlers, each in a place of its own: the crate's handler is put over them, and
/// passes the signal on. An OS handler reads them, so reading takes no lock: it is an atomic load.
static EARLIER: [SetOnce<libc::sigaction>; MOST] = [const { SetOnce::new() }; MOST];
const MOST: usize = 8;

/// The places, as a slice of whose length the compiler knows nothing: it would repeat the code of a
/// loop for each of them.
fn earlier() -> &'static [SetOnce<libc::sigaction>] {
    core::hint::black_box(&EARLIER)
}

/// The order in which they were installed, the latest first. The signal goes to the latest handler.
/// If this was put over the crate's handler first, it may pass the signal back, and then it goes to
/// the handler below. A handler that was installed more than once counts from the last time, so
/// that a program may alternate between its handlers as often as it likes.
static LATEST_FIRST: AtomicU32 = AtomicU32::new(Order::EMPTY.0);

/// Places of [`EARLIER`], four bits each, the first one in the lowest; zero for none, and otherwise
/// one more than the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order(u32);

impl Order {
    const EMPTY: Self = Self(0);

    fn now() -> Self {
        Self(LATEST_FIRST.load(Acquire))
    }

    fn places(self) -> impl Iterator<Item = usize> {
        (0..earlier().len()).map_while(move |position| self.place(position))
    }

    fn place(self, position: usize) -> Option<usize> {
        let shift = u32::try_from(4 * position).ok()?;
        (self.0.checked_shr(shift)? & 0xf).checked_sub(1).map(|place| place as usize)
    }

    fn with_first(self, first: usize) -> Self {
        let mut order = first as u32 + 1;
        let others = self.places().filter(|&place| place != first);
        for (position, place) in (1..).zip(others) {
            order |= (place as u32 + 1) << (4 * position);
        }
        Self(order)
    }

    fn without_first(self) -> Self {
        Self(self.0 >> 4)
    }

    fn handler(self, position: usize) -> Option<&'static libc::sigaction> {
        earlier().get(self.place(position)?)?.get()
    }
}

/// The crate's handler was put over an earlier one, and the crate has not removed it since. It may
/// be the current one, or another one may be over it and pass the signal on to it.
static IS_PUT: AtomicBool = AtomicBool::new(false);

/// Whether a thread is putting it.
static PUTTING: Putting = Putting::new();

/// The thread that is inside an earlier handler, 0 for none, and how many of them it is inside of.
static HANDING_ON: AtomicUsize = AtomicUsize::new(0);
static DEPTH: AtomicUsize = AtomicUsize::new(0);

extern "C" fn called_by_kernel<H: AbortHook>(
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    if PUTTING.is_on(super::thread_key()) {
        return;
    }
    let is_handed_back = HANDING_ON.load(Relaxed) == super::thread_key();
    let depth = if is_handed_back { DEPTH.load(Relaxed) } else { 0 };
    // A handler that is put over the crate's during the run, or passes this very signal on to it,
    // is none of the earlier ones.
    let order = Order::now();
    // A panicking thread that gets the signal from outside may be anywhere; a thread that aborts is
    // at a known place, inside `abort`.
    if !is_handed_back && is_our_own(info) && std::thread::panicking() {
        // The `abort` of glibc before 2.41 unblocks its signal itself. That of later ones and of
        // musl ends the process without a call of any handler where it is blocked. A thread of the
        // run may abort, too.
        while_unblocked([libc::SIGABRT], H::process_aborts);
    }
    match order.handler(depth) {
        // `abort` continues, and ends the process all the same.
        Some(earlier) if earlier.sa_sigaction == libc::SIG_IGN => {}
        Some(earlier) if earlier.sa_sigaction != libc::SIG_DFL => {
            let before =
                (HANDING_ON.swap(super::thread_key(), Relaxed), DEPTH.swap(depth + 1, Relaxed));
            if earlier.sa_flags & libc::SA_RESETHAND != 0 {
                set_default();
            }
            os_handler::call(earlier, signal, info, context);
            HANDING_ON.store(before.0, Relaxed);
            DEPTH.store(before.1, Relaxed);
        }
        _ => {
            set_default();
            // A signal from outside would not be raised again.
            // SAFETY: `abort` is async-signal-safe, and may be called during another call of it.
            unsafe { libc::abort() };
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_our_own(info: *mut libc::siginfo_t) -> bool {
    // SAFETY: the handler was installed with `SA_SIGINFO`, so the kernel passes valid information,
    // in which each sent signal names its sender.
    unsafe { (*info).si_pid().cast_unsigned() == super::process_id() }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_our_own(_info: *mut libc::siginfo_t) -> bool {
    true
}

fn address<H: AbortHook>() -> usize {
    let handler: HandlerWithInfo = called_by_kernel::<H>;
    handler as usize
}

fn current() -> libc::sigaction {
    let mut action = default_action();
    // SAFETY: `action` is writable.
    unsafe { libc::sigaction(libc::SIGABRT, core::ptr::null(), &raw mut action) };
    action
}

/// Sets the action, and returns the one that was there.
fn exchange(action: &libc::sigaction) -> libc::sigaction {
    let mut before = default_action();
    // SAFETY: `before` is writable. The action is the default, one that the system returned, or the
    // crate's. `sigaction` is async-signal-safe.
    unsafe { libc::sigaction(libc::SIGABRT, core::ptr::from_ref(action), &raw mut before) };
    before
}

fn set(action: &libc::sigaction) {
    exchange(action);
}

fn default_action() -> libc::sigaction {
    // SAFETY: all zeroes is a valid `sigaction`, that of `SIG_DFL`.
    unsafe { core::mem::zeroed() }
}

/// Makes `H` run on a thread whose panic aborts the process, before the earlier handlers. May be
/// called again: if the program has put a handler over the crate's since, the crate's is put over
/// the program's.
///
/// Most programs have no handler. So the crate's is put over the default, whatever is there: one
/// system call, which returns what was there.
pub(crate) fn watch_aborts<H: AbortHook>() {
    PUTTING.begin(super::thread_key());
    let before = exchange(&put_over::<H>(&default_action()));
    let is_new = before.sa_sigaction != address::<H>() && keep(&before);
    if !is_new {
        set(&before);
    } else if before.sa_sigaction != libc::SIG_DFL {
        set(&put_over::<H>(&before));
        if is_handler(&before) {
            keep_what_leads_on::<H>(&before);
        }
    }
    if is_new {
        IS_PUT.store(true, Relaxed);
    }
    if PUTTING.end() {
        send_to_this_thread();
    }
}

/// The crate's handler, as it is put over an earlier one.
fn put_over<H: AbortHook>(before: &libc::sigaction) -> libc::sigaction {
    let is_default = before.sa_sigaction == libc::SIG_DFL;
    // The program's handler finds the signals blocked that it asked for. Not its own stack, which
    // is too small for a run. A call that an ignored signal would not interrupt continues.
    let kept = before.sa_flags & (libc::SA_RESTART | libc::SA_NODEFER);
    let restarts = if before.sa_sigaction == libc::SIG_IGN { libc::SA_RESTART } else { 0 };
    let mut action = *before;
    action.sa_sigaction = address::<H>();
    action.sa_flags = libc::SA_SIGINFO | if is_default { 0 } else { kept | restarts };
    action
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn send_to_this_thread() {
    let (process, thread) = (super::process_id(), super::kernel_thread_id());
    // SAFETY: the thread exists, and the system checks all else.
    unsafe { libc::syscall(libc::SYS_tgkill, process, thread, libc::SIGABRT) };
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn send_to_this_thread() {
    // SAFETY: no preconditions.
    unsafe { libc::raise(libc::SIGABRT) };
}

fn is_handler(action: &libc::sigaction) -> bool {
    !matches!(action.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN)
}

/// From now on the crate's handler leads into that handler, and if it was installed before, that
/// handler may lead into it. So the shared objects of both stay loaded: neither is told when the
/// other one is closed, and inside `dlclose` it is too late.
fn keep_what_leads_on<H: AbortHook>(other: &libc::sigaction) {
    if !H::may_ask_loader() {
        return;
    }
    keep_object_loaded(other.sa_sigaction as *const ());
    if IS_PUT.load(Relaxed) {
        keep_object_loaded(address::<H>() as *const ());
    }
}

/// Keeps the earlier handler as the latest; `false` when there are too many.
fn keep(before: &libc::sigaction) -> bool {
    let Some(place) = known(before).or_else(|| place_for(before)) else { return false };
    _ = LATEST_FIRST.fetch_update(AcqRel, Acquire, |order| Some(Order(order).with_first(place).0));
    true
}

/// The place of this handler, if it is kept already.
fn known(before: &libc::sigaction) -> Option<usize> {
    let is_same = |kept: &libc::sigaction| {
        (kept.sa_sigaction, kept.sa_flags) == (before.sa_sigaction, before.sa_flags)
    };
    earlier().iter().position(|place| place.get().is_some_and(is_same))
}

fn place_for(before: &libc::sigaction) -> Option<usize> {
    for (place, kept) in earlier().iter().enumerate().filter(|(_, kept)| kept.get().is_none()) {
        for _ in 0..ATTEMPTS {
            match kept.set(*before) {
                Attempt::Set => return Some(place),
                // Two threads that do this at the same time find one place; the second one does not
                // put the crate's handler in it.
                Attempt::WasSet => return None,
                // Where it is a thread of the parent that a forked child does not have, the place
                // stays empty.
                Attempt::Underway => crate::sys::yield_now(),
            }
        }
    }
    None
}

/// Undoes [`watch_aborts`]. If another handler is over the crate's, it may pass the signal on to
/// it, so the shared object of the crate's stays loaded instead. (Not inside `dlclose`, which has
/// decided by then.)
pub(crate) fn stop_watching_aborts<H: AbortHook>() {
    let now = current();
    if now.sa_sigaction == address::<H>() {
        if let Some(before) = Order::now().handler(0) {
            set(before);
            IS_PUT.store(false, Relaxed);
            // The earlier handler is not below the crate's any more, in case a handler below it
            // leads to the crate's.
            _ = LATEST_FIRST
                .fetch_update(AcqRel, Acquire, |order| Some(Order(order).without_first().0));
        }
    } else if is_handler(&now) && IS_PUT.load(Relaxed) && H::may_ask_loader() {
        keep_object_loaded(address::<H>() as *const ());
    }
}

/// Ends the process by `SIGABRT`, which goes to the handler of the program first, if there is one.
/// Not to be called on a panicking thread.
pub(crate) fn abort_now() -> ! {
    // SAFETY: no preconditions.
    unsafe { libc::abort() }
}

fn set_default() {
    set(&default_action());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_has_each_place_once() {
        let order = [0, 1, 2, 1, 7, 0].into_iter().fold(Order::EMPTY, Order::with_first);
        assert!(order.places().eq([0, 7, 1, 2]));
        let full = (0..MOST).chain(0..MOST).fold(order, Order::with_first);
        assert!(full.places().eq((0..MOST).rev()));
        assert!(order.without_first().places().eq([7, 1, 2]));
        assert!(full.without_first().places().eq((0..MOST - 1).rev()));
        assert_eq!(Order::EMPTY.without_first(), Order::EMPTY);
        assert_eq!(Order::EMPTY.places().count(), 0);
    }
}
