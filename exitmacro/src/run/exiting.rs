//! Which thread ends the process, and with which status.
//!
//! The first thread that asks for the end of the process ends it, with its status; every other
//! thread stops. Later only a handler changes the status. libc and std also let one thread through,
//! each by a rule of its own, and not always the first one. So a thread inside libc's `exit` ends
//! the process in place of the first thread, with the first thread's status.

use crate::sys::ThreadKey;

/// The result of a thread's claim to end the process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Mine,
    /// The claiming thread ends the process in place of another one, which stops; the status stays.
    TakenOver,
    /// Another thread ends the process.
    Refused,
}

pub(super) struct Exiting {
    thread: Option<ThreadKey>,
    /// Whether that thread is inside libc's `exit`.
    is_inside: bool,
    /// Whether any other thread may take over from that thread.
    is_provisional: bool,
    /// The status of the first thread, where it is known.
    code: Option<i32>,
    /// The status with which that thread has entered std or libc, from where it does not return.
    final_code: Option<i32>,
    /// How many threads of abandoned handlers are held inside libc's `exit`. libc and std may let
    /// no other thread in.
    held: usize,
}

impl Exiting {
    pub(super) const fn new() -> Self {
        Self {
            thread: None,
            is_inside: false,
            is_provisional: false,
            code: None,
            final_code: None,
            held: 0,
        }
    }

    pub(super) fn thread(&self) -> Option<ThreadKey> {
        self.thread
    }

    pub(super) fn is(&self, thread: ThreadKey) -> bool {
        self.thread == Some(thread)
    }

    /// Whether the exiting thread is inside libc's `exit`, so that std parks every other thread
    /// that calls `std::process::exit`.
    pub(super) fn is_inside(&self) -> bool {
        self.is_inside
    }

    /// That thread, if it is inside libc's `exit`.
    pub(super) fn thread_inside(&self) -> Option<ThreadKey> {
        self.thread.filter(|_| self.is_inside)
    }

    /// The status of the first thread.
    pub(super) fn code(&self) -> Option<i32> {
        self.code
    }

    fn is_other(&self, thread: ThreadKey) -> bool {
        self.thread.is_some_and(|other| other != thread)
    }

    /// Makes `thread` the exiting thread, if there is none.
    fn insert(&mut self, thread: ThreadKey, code: Option<i32>) -> bool {
        let is_first = self.thread.is_none();
        if is_first {
            (self.thread, self.code) = (Some(thread), code);
        }
        is_first
    }

    /// Makes `thread`, which is inside libc's `exit`, the exiting thread.
    pub(super) fn claim_inside(&mut self, thread: ThreadKey, code: Option<i32>) -> Claim {
        if self.is_other(thread) && self.is_inside {
            return Claim::Refused;
        }
        let claim = if self.is_other(thread) { Claim::TakenOver } else { Claim::Mine };
        self.insert(thread, code);
        (self.thread, self.is_inside, self.is_provisional) = (Some(thread), true, false);
        claim
    }

    /// Makes `thread` the exiting thread, if no other thread is.
    #[inline(never)]
    pub(super) fn claim(&mut self, thread: ThreadKey, code: Option<i32>) -> Claim {
        if core::mem::take(&mut self.is_provisional) && self.is_other(thread) {
            self.thread = Some(thread);
            return Claim::TakenOver;
        }
        self.insert(thread, code);
        if self.is(thread) { Claim::Mine } else { Claim::Refused }
    }

    /// Makes `thread` the exiting thread until another thread claims that.
    #[cfg(feature = "async")]
    pub(super) fn claim_provisionally(&mut self, thread: ThreadKey, code: Option<i32>) -> Claim {
        if self.insert(thread, code) {
            self.is_provisional = true;
        }
        if self.is(thread) { Claim::Mine } else { Claim::Refused }
    }

    /// Notes that `thread` does not end the process.
    #[cfg(feature = "async")]
    pub(super) fn renounce(&mut self, thread: ThreadKey) {
        if self.is(thread) {
            self.thread = None;
            self.is_provisional = false;
        }
    }

    /// Notes that the exiting thread is about to enter std or libc. `true` when it must not,
    /// because a thread that is held there ends the process in its place.
    pub(super) fn leave_with(&mut self, code: i32) -> bool {
        self.final_code.get_or_insert(code);
        self.held > 0 && !self.is_inside
    }

    pub(super) fn note_held(&mut self) {
        self.held += 1;
    }

    pub(super) fn has_held(&self) -> bool {
        self.held > 0
    }

    /// Makes `thread`, which is held, the exiting thread, when the exiting thread cannot get
    /// through libc. Returns the status to end with.
    pub(super) fn release(&mut self, thread: ThreadKey) -> Option<i32> {
        let code = self.final_code.filter(|_| !self.is_inside)?;
        (self.thread, self.is_inside) = (Some(thread), true);
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thread_ends_the_process_with_its_status() {
        let mut exiting = Exiting::new();
        assert!(
            exiting.claim(1, Some(3)) == Claim::Mine && exiting.claim(2, Some(7)) == Claim::Refused
        );
        assert_eq!((exiting.thread(), exiting.code()), (Some(1), Some(3)));
    }

    #[test]
    fn a_thread_inside_exit_takes_over_and_the_status_stays() {
        let mut exiting = Exiting::new();
        assert!(exiting.claim(1, Some(3)) == Claim::Mine);
        assert!(
            exiting.claim_inside(2, Some(7)) == Claim::TakenOver
                && exiting.claim_inside(3, Some(8)) == Claim::Refused
        );
        assert!(
            exiting.claim(1, Some(9)) == Claim::Refused
                && exiting.claim_inside(2, None) == Claim::Mine
        );
        assert_eq!(
            (exiting.thread(), exiting.code(), exiting.is_inside()),
            (Some(2), Some(3), true)
        );
    }

    #[cfg(feature = "async")]
    #[test]
    fn a_provisional_claim_keeps_its_status_when_another_thread_takes_over() {
        for inside in [false, true] {
            let mut exiting = Exiting::new();
            assert!(exiting.claim_provisionally(1, Some(3)) == Claim::Mine);
            let claim =
                if inside { exiting.claim_inside(2, Some(7)) } else { exiting.claim(2, Some(7)) };
            assert!(claim == Claim::TakenOver && exiting.claim(1, Some(3)) == Claim::Refused);
            assert_eq!((exiting.thread(), exiting.code()), (Some(2), Some(3)));
        }
    }

    #[cfg(feature = "async")]
    #[test]
    fn after_a_thread_renounces_the_next_thread_may_claim() {
        let mut exiting = Exiting::new();
        assert!(exiting.claim_provisionally(1, Some(3)) == Claim::Mine);
        exiting.renounce(2);
        assert!(exiting.is(1));
        exiting.renounce(1);
        assert!(
            exiting.thread().is_none()
                && exiting.claim(2, Some(7)) == Claim::Mine
                && exiting.claim(3, None) == Claim::Refused
        );
    }

    #[test]
    fn a_held_thread_ends_the_process_when_the_exiting_thread_cannot() {
        let mut exiting = Exiting::new();
        exiting.note_held();
        assert_eq!(exiting.release(2), None);
        assert!(exiting.claim(1, Some(3)) == Claim::Mine && exiting.leave_with(3));
        assert_eq!(exiting.release(2), Some(3));
        assert!(exiting.is(2) && exiting.release(4).is_none());
    }

    #[test]
    fn the_exiting_thread_ends_the_process_while_no_thread_is_held() {
        let mut exiting = Exiting::new();
        assert!(exiting.claim(1, Some(3)) == Claim::Mine && !exiting.leave_with(3));
        // A thread that is held after the exiting thread has entered std or libc.
        exiting.note_held();
        assert_eq!(exiting.release(2), Some(3));
        assert!(exiting.claim_inside(1, Some(3)) == Claim::Refused);
    }
}
