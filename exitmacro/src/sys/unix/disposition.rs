//! The disposition of a signal: reads, changes and restores it.

use super::errno::keep_errno;
use super::mask::unblock;
use super::os_handler::{self, HandlerWithInfo};
use crate::sys::SetOnce;
use core::ffi::{c_int, c_void};
use std::io;

/// A signal that was taken over, and its earlier disposition.
struct Taken {
    entry: SetOnce<(c_int, libc::sigaction)>,
    /// Unknown for a moment: the earlier disposition must be known before anything is changed, or a
    /// child that is forked then could not restore it.
    since: SetOnce<libc::sigaction>,
    /// What [`handle`] calls.
    action: SetOnce<fn(c_int)>,
}

/// The signals that are taken over. Forked children and OS signal handlers read it, so reading
/// takes no lock: it is an atomic load. All zeroes at first, so that it takes no room in the file
/// of a program.
static TAKEN: [Taken; MOST] =
    [const { Taken { entry: SetOnce::new(), since: SetOnce::new(), action: SetOnce::new() } };
        MOST];
const MOST: usize = 32;

/// The entries, their signals, and their earlier dispositions.
fn taken() -> impl Iterator<Item = (&'static Taken, c_int, &'static libc::sigaction)> {
    TAKEN
        .iter()
        .filter_map(|taken| taken.entry.get().map(|(signal, before)| (taken, *signal, before)))
}

fn current(signal: c_int) -> io::Result<libc::sigaction> {
    // SAFETY: all zeroes is a valid `sigaction`, which the call overwrites.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    // SAFETY: null reads the disposition without a change.
    if unsafe { libc::sigaction(signal, core::ptr::null(), &raw mut action) } == 0 {
        Ok(action)
    } else {
        Err(io::Error::last_os_error())
    }
}

fn set(signal: c_int, action: &libc::sigaction) {
    // SAFETY: the action is one that the system returned, or the default. Async-signal-safe.
    unsafe { libc::sigaction(signal, core::ptr::from_ref(action), core::ptr::null_mut()) };
}

/// Whether the signal is ignored, as `nohup` and `trap ''` leave it.
pub(crate) fn is_ignored(signal: c_int) -> io::Result<bool> {
    Ok(current(signal)?.sa_sigaction == libc::SIG_IGN)
}

/// Calls `action` when the signal arrives, after the earlier handler. `action` runs in the OS
/// handler: it must be async-signal-safe.
///
/// In a process that was forked from one that took the signal over, the OS handler is still known,
/// so only the disposition is set again. signal-hook is not used: a forked child gives signals
/// back, of which signal-hook's list would not know, so the program's own use of signal-hook or
/// tokio in the child would get none; and a child that takes a signal over would wait for ever for
/// a thread of the parent that was inside signal-hook at the fork.
pub(crate) fn take_over(signal: c_int, action: fn(c_int)) -> io::Result<()> {
    let taken = place_of(signal)?;
    if let Some(since) = taken.since.get() {
        set(signal, since);
        return Ok(());
    }
    _ = taken.action.set(action);
    install(signal)?;
    _ = taken.since.set(current(signal)?);
    Ok(())
}

/// Installs [`handle`].
fn install(signal: c_int) -> io::Result<()> {
    // SAFETY: all zeroes is a valid `sigaction`, with an empty mask.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    let handler: HandlerWithInfo = handle;
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: the OS handler has the type that the flags ask for, and is async-signal-safe.
    if unsafe { libc::sigaction(signal, &raw const action, core::ptr::null_mut()) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The OS handler of a signal that was taken over: calls the earlier one first.
extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let Some((taken, _, before)) = taken().find(|&(_, other, _)| other == signal) else { return };
    keep_errno(|| {
        // A default effect is replaced.
        os_handler::call(before, signal, info, context);
        if let Some(action) = taken.action.get() {
            action(signal);
        }
    });
}

/// The entry of a signal, added if there is none. Only the thread that takes signals over adds
/// entries, one after the other.
fn place_of(signal: c_int) -> io::Result<&'static Taken> {
    if let Some((taken, ..)) = taken().find(|&(_, other, _)| other == signal) {
        return Ok(taken);
    }
    let place =
        TAKEN.iter().find(|place| place.entry.get().is_none()).ok_or(io::ErrorKind::OutOfMemory)?;
    let before = current(signal)?;
    _ = place.entry.set((signal, before));
    Ok(place)
}

/// Whether the OS handler of a signal that was taken over is still in effect: other code may have
/// put its own in place of it.
pub(crate) fn is_still_taken_over(signal: c_int) -> bool {
    let since =
        taken().find(|&(_, other, _)| other == signal).and_then(|found| found.0.since.get());
    since
        .is_none_or(|since| current(signal).is_ok_and(|now| now.sa_sigaction == since.sa_sigaction))
}

/// Restores the earlier dispositions of all signals that were taken over, unless other code changed
/// them meanwhile. For a forked child.
pub(crate) fn give_back_all() {
    for (taken, signal, before) in taken() {
        let is_ours = |now: libc::sigaction| {
            taken.since.get().is_none_or(|since| now.sa_sigaction == since.sa_sigaction)
        };
        if current(signal).is_ok_and(is_ours) {
            set(signal, before);
        }
    }
}

/// Called in the OS handler of a process that never took the signal over, a child of a bare
/// `clone`: lets the signal have its earlier effect. An earlier handler has been called already. A
/// later one, which has called this one, decides by itself.
pub(crate) fn repeat_as_before(signal: c_int) {
    if let Some((_, _, before)) = taken().find(|&(_, other, _)| other == signal)
        && before.sa_sigaction == libc::SIG_DFL
        && is_still_taken_over(signal)
    {
        set(signal, before);
        // The signal is blocked until the handler returns.
        raise(signal);
    }
}

/// Ends the process by the default effect of the signal. Returns if there is none, as for the first
/// process of a container.
pub(crate) fn die_of(signal: c_int) {
    have_default_effect(signal);
}

/// Stops the process, as the default of SIGTSTP does: not where no shell could continue it. Returns
/// when it continues.
pub(crate) fn stop() {
    if let Ok(before) = current(libc::SIGTSTP) {
        have_default_effect(libc::SIGTSTP);
        set(libc::SIGTSTP, &before);
    }
}

/// Sets the default disposition of the signal, and raises it on the calling thread.
fn have_default_effect(signal: c_int) {
    // SAFETY: all zeroes is a valid `sigaction`, that of `SIG_DFL`.
    set(signal, &unsafe { core::mem::zeroed() });
    unblock([signal]);
    raise(signal);
}

/// Sends the signal to the calling thread. Async-signal-safe.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn raise(signal: c_int) {
    // Not libc's: musl keeps the number of the thread, which in the child of a bare `clone` is that
    // of the parent's thread.
    let (process, thread) = (super::process_id(), super::kernel_thread_id());
    // SAFETY: no preconditions.
    unsafe { libc::syscall(libc::SYS_tgkill, process, thread, signal) };
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn raise(signal: c_int) {
    // SAFETY: no preconditions.
    unsafe { libc::raise(signal) };
}

#[cfg(test)]
mod tests {
    use super::super::errno::errno;
    use super::*;

    #[test]
    fn the_interrupted_code_finds_errno_as_it_was() {
        fn fails(_: c_int) {
            // SAFETY: there is no such descriptor.
            unsafe { libc::close(-1) };
        }
        take_over(libc::SIGWINCH, fails).expect("it may be taken over");
        // SAFETY: the place is that of the calling thread.
        unsafe { *errno() = libc::ENOENT };
        raise(libc::SIGWINCH);
        assert_eq!(io::Error::last_os_error().raw_os_error(), Some(libc::ENOENT));
        assert!(is_still_taken_over(libc::SIGWINCH));
        give_back_all();
    }
}
