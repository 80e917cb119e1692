//! A program on a pseudo-terminal, and what a user sees of it.

use crate::pty::Pty;
use crate::surroundings::prepare;
use crate::{Deadline, LIMIT, TestChild, note_end};
use std::fs::File;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::mpsc::Receiver;

/// A program that runs on a terminal of its own, with a time limit.
#[derive(Debug)]
pub struct OnPty {
    pty: Pty,
    /// The modes of the terminal before the program started.
    before: [libc::tcflag_t; 4],
    child: TestChild,
    deadline: Deadline,
    user: File,
    chunks: Receiver<Vec<u8>>,
    shown: Vec<u8>,
}

/// What a program left behind on its terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    /// All that it wrote.
    pub screen: String,
    /// Its status, or the negated number of the signal that killed it.
    pub code: i32,
    /// Whether the terminal has the modes that it had before the program.
    pub is_as_before: bool,
}

impl Shown {
    /// How often it wrote this text.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        self.screen.matches(text).count()
    }

    /// Where it wrote this text first.
    ///
    /// # Panics
    ///
    /// When it did not.
    #[track_caller]
    #[must_use]
    pub fn place(&self, text: &str) -> usize {
        self.screen.find(text).unwrap_or_else(|| panic!("no {text:?}: {self:?}"))
    }
}

impl OnPty {
    /// Starts the program in the surroundings of [`prepare`](crate::prepare).
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        let pty = Pty::open();
        let before = pty.modes();
        prepare(&mut command);
        let child = TestChild(pty.spawn(command));
        let deadline = Deadline::of(&child);
        let (user, chunks) = pty.user();
        Self { pty, before, child, deadline, user, chunks, shown: Vec::new() }
    }

    /// Its process number.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Whether the program has changed the modes of the terminal.
    #[must_use]
    pub fn has_changed_modes(&self) -> bool {
        self.pty.modes() != self.before
    }

    /// Waits until all that the program has written so far is as asked for.
    ///
    /// # Panics
    ///
    /// When it writes nothing more.
    pub fn wait_until(&mut self, is_there: impl Fn(&str) -> bool) {
        while !is_there(&String::from_utf8_lossy(&self.shown)) {
            let Ok(more) = self.chunks.recv_timeout(LIMIT) else {
                panic!("not written: {}", String::from_utf8_lossy(&self.shown))
            };
            self.shown.extend(more);
        }
    }

    /// Types these keys.
    ///
    /// # Panics
    ///
    /// When the terminal does not take them.
    pub fn type_keys(&mut self, keys: &[u8]) {
        self.user.write_all(keys).expect("the terminal takes them");
    }

    /// Waits for the end of the program, and of all that has its terminal open.
    ///
    /// # Panics
    ///
    /// When the system does not tell how it ended.
    #[must_use]
    pub fn end(self) -> Shown {
        let Self { pty, before, mut child, deadline, user: _user, chunks, mut shown } = self;
        let status = child.wait().expect("the program can be waited for");
        note_end(status);
        drop(deadline);
        let is_as_before = pty.modes() == before;
        // The stream ends when no process has the other end.
        drop(pty);
        shown.extend(chunks.iter().flatten());
        let signal = || -status.signal().expect("a process ends by a status or by a signal");
        Shown {
            screen: String::from_utf8_lossy(&shown).into_owned(),
            code: status.code().unwrap_or_else(signal),
            is_as_before,
        }
    }
}
