//! What restores the terminal: at the end of a scope, in a handler, in a panic hook, in an OS
//! handler of a signal.
//!
//! The modes of the line discipline can be read, so they are restored exactly. Which modes a
//! program has set by escape sequences cannot be read. So those are reset that no program expects
//! to find set. To leave the alternate screen restores the cursor, so it must not be done again
//! when the program has done it. As long as the line discipline is raw, the program has not. The
//! sequence first enters the alternate screen, which does nothing there. So a program that is raw
//! on the main screen keeps its cursor.

use crate::environment::Environment;
use crate::fork::{identity, ownership};
use crate::resource::on_panic::OnPanic;
use crate::resource::terminal::device::{Device, Modes};
use crate::sys::{self, StaticRef, ThreadKey};
use core::time::Duration;
use std::io::{self, IsTerminal};
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::SeqCst;

/// Ends a delayed update, reports of the mouse and the focus, and bracketed paste; resets the look
/// of text; shows the cursor.
macro_rules! reset {
    () => {
        "\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1004l\
         \x1b[?2004l\x1b[0m\x1b[?25h"
    };
}
const RESET: &str = reset!();

/// The same, after it has restored the keyboard and left the alternate screen. Each screen has its
/// own stack of keyboard modes. The program may have added to either, and to remove from an empty
/// one does nothing.
const LEAVE: &str = concat!("\x1b[<1u\x1b[?1049h\x1b[?1049l\x1b[<1u", reset!());

/// A terminal, and how it was found. It lives for ever, because an OS handler may use it at any
/// moment.
#[derive(Debug)]
pub(super) struct Keeper {
    device: Device,
    found: Modes,
    setting: Setting,
    state: AtomicU8,
}

/// What decides how it is restored, and for whom.
#[derive(Debug, PartialEq)]
struct Setting {
    on_panic: OnPanic,
    /// The thread and the process that asked for it.
    thread: ThreadKey,
    process: u64,
    understands_sequences: bool,
    /// Whether the program prints to a terminal.
    is_printed_to: bool,
}

/// What a restore has found.
pub(super) enum Restored {
    /// Another process has the terminal, or it was restored for the last time.
    NotAtHand,
    /// The modes of the line discipline that were found at first.
    Unchanged,
    /// Others, by the program.
    From(#[cfg_attr(not(feature = "signals"), expect(dead_code, reason = "for a stop"))] Modes),
}

/// It has not been restored.
const OPEN: u8 = 0;
/// It has been, but the program may change it again.
const RESTORED: u8 = 1;
const CLOSED: u8 = 2;

/// The last one.
static LAST: StaticRef<Keeper> = StaticRef::new();

/// The one that this process is to restore, if there is one. Async-signal-safe.
pub(super) fn open_one() -> Option<&'static Keeper> {
    LAST.get().filter(|keeper| keeper.state.load(SeqCst) != CLOSED && keeper.is_ours())
}

/// Notes how the terminal is, if there is one.
pub(super) fn find(on_panic: OnPanic) -> io::Result<Option<&'static Keeper>> {
    if open_one().is_some() {
        let why = "the terminal is kept already: one handle is enough for a program";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    let setting = Setting::of_this_thread(on_panic);
    if let Some(last) = LAST.get().filter(|last| last.fits(&setting)) {
        last.state.store(OPEN, SeqCst);
        return Ok(Some(last));
    }
    let Some(device) = Device::open()? else { return Ok(None) };
    let found = device.modes()?;
    let keeper = Box::leak(Box::new(Keeper { device, found, setting, state: AtomicU8::new(OPEN) }));
    LAST.set(keeper);
    Ok(Some(keeper))
}

impl Setting {
    fn of_this_thread(on_panic: OnPanic) -> Self {
        let name = Environment::of_this_process().var_os("TERM");
        Self {
            on_panic,
            thread: sys::thread_key(),
            process: identity::me(),
            understands_sequences: name.is_none_or(|name| name != "dumb"),
            is_printed_to: io::stdout().is_terminal() || io::stderr().is_terminal(),
        }
    }
}

impl Keeper {
    /// Whether it would be the same if it were made now.
    fn fits(&self, setting: &Setting) -> bool {
        self.setting == *setting
            && self.device.is_of_this_process()
            && self.device.modes().is_ok_and(|now| now == self.found)
    }

    /// Whether the calling process restores it. Not a forked child, unless it has adopted what its
    /// parent would do at exit; then the parent does not.
    fn is_ours(&self) -> bool {
        if self.setting.process == identity::me() {
            ownership::adopted_elsewhere().is_none()
        } else {
            ownership::owns_declared()
        }
    }

    /// Whether a panic on the calling thread restores it.
    pub(super) fn is_for_this_panic(&self) -> bool {
        match self.setting.on_panic {
            OnPanic::Never => false,
            OnPanic::InAnyThread => true,
            // Where nothing unwinds, each panic ends the process.
            OnPanic::InThisThread => {
                cfg!(panic = "abort") || self.setting.thread == sys::thread_key()
            }
        }
    }

    /// Restores the terminal, if the process has it and it is not as it was found.
    /// Async-signal-safe.
    pub(super) fn restore(&self, timeout: Duration) -> io::Result<Restored> {
        if !self.device.is_at_hand() {
            return Ok(Restored::NotAtHand);
        }
        let now = self.device.modes()?;
        let is_changed = now != self.found;
        let before = self.state.compare_exchange(OPEN, RESTORED, SeqCst, SeqCst);
        if before == Err(CLOSED) {
            return Ok(Restored::NotAtHand);
        }
        let sequences = self.sequences(is_changed, is_changed && now.is_raw(), before.is_ok());
        // Before the modes: a second restore, which interrupts this one, does it all again.
        self.device.write(sequences.as_bytes(), timeout);
        if !is_changed {
            return Ok(Restored::Unchanged);
        }
        // What was typed, or sent by the mouse, while it was raw is not meant for the shell.
        self.device.set(&self.found, now.is_raw())?;
        Ok(Restored::From(now))
    }

    fn sequences(&self, is_changed: bool, is_raw: bool, is_first: bool) -> &'static str {
        let is_left_to_reset = is_first && self.setting.is_printed_to && !self.found.is_raw();
        match () {
            () if !self.setting.understands_sequences => "",
            () if is_raw => LEAVE,
            () if is_changed || is_left_to_reset => RESET,
            // Restored already, or the screen of another program that started this one.
            () => "",
        }
    }

    /// Restores the terminal for the last time.
    pub(super) fn close(&self, timeout: Duration) -> io::Result<()> {
        let restored = self.restore(timeout);
        self.state.store(CLOSED, SeqCst);
        match restored {
            // It is gone: the user has closed the window.
            Err(error) if is_gone(&error) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Sets the modes again that the program had set when it was stopped, if any. `false` as long
    /// as the process does not have the terminal.
    #[cfg(feature = "signals")]
    pub(super) fn set_again(&self, modes: Option<&Modes>) -> bool {
        let is_at_hand = self.device.is_at_hand();
        if is_at_hand {
            _ = self.state.compare_exchange(RESTORED, OPEN, SeqCst, SeqCst);
            // The program draws in any case.
            _ = modes.map(|modes| self.device.set(modes, false));
        }
        is_at_hand
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EIO | libc::ENXIO | libc::ENODEV))
}
