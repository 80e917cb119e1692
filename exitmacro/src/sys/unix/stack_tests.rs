//! The stacks of threads that wait, that block signals, and that have ended.

use super::*;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

const LONG: Duration = Duration::from_secs(60);

/// One capture at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[inline(never)]
fn waits_here(tells: &Sender<StackOwner>, end: &Receiver<()>) {
    tells.send(StackOwner::current()).expect("the test waits");
    _ = end.recv();
    // Not a tail call.
    std::hint::black_box(());
}

fn names(frames: &[usize]) -> Vec<String> {
    let mut names = Vec::new();
    for &frame in frames {
        backtrace::resolve(frame as *mut c_void, |symbol| {
            names.extend(symbol.name().map(|name| name.to_string()));
        });
    }
    names
}

/// Has a thread prepare and wait, and returns the stack of it.
fn captured(prepare: fn()) -> Option<Frames> {
    let (tells, hears) = channel();
    let (end, is_end) = channel();
    let thread = std::thread::spawn(move || {
        prepare();
        waits_here(&tells, &is_end);
    });
    let owner = hears.recv().expect("the thread tells");
    let frames = owner.capture(LONG);
    drop(end);
    thread.join().expect("it does not panic");
    frames
}

#[test]
fn a_thread_that_waits_is_captured_again_and_again_and_the_signal_is_free_then() {
    let _alone = alone();
    for _ in 0..20 {
        let frames = captured(|| ()).expect("it is in time");
        let names = names(&frames);
        assert!(names.iter().any(|name| name.contains("stack::tests::waits_here")), "{names:?}");
        assert!(!names.iter().any(|name| name.contains("on_signal")), "{names:?}");
        assert_eq!(disposition(libc::SIGRTMAX()), Some(libc::SIG_DFL));
    }
}

#[test]
fn a_signal_that_the_program_uses_is_left_alone() {
    let _alone = alone();
    let signal = libc::SIGRTMAX();
    // SAFETY: the disposition is one that is always allowed.
    let before = unsafe { libc::signal(signal, libc::SIG_IGN) };
    assert!(captured(|| ()).is_some());
    assert_eq!(disposition(signal), Some(libc::SIG_IGN));
    // SAFETY: it is what the call returned.
    unsafe { libc::signal(signal, before) };
}

#[test]
fn a_thread_that_blocks_all_signals_is_not_waited_for() {
    let _alone = alone();
    let block_all = || {
        // SAFETY: all zeroes is a valid set, and the call fills it; the mask is the thread's own.
        unsafe {
            let mut all: libc::sigset_t = core::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, core::ptr::null_mut());
        }
    };
    assert!(captured(block_all).is_none());
    assert!(captured(|| ()).is_some(), "the next one is captured");
}

#[test]
fn a_thread_that_has_ended_has_no_stack() {
    let _alone = alone();
    // The kernel gives no thread so large a number.
    assert!(StackOwner(libc::pid_t::MAX).capture(LONG).is_none());
    assert_eq!(disposition(libc::SIGRTMAX()), Some(libc::SIG_DFL));
}
