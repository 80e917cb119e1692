//! What starts or joins a run, and what it says about the end of the process.

use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::sys;

/// Why a thread entered the run.
#[derive(Clone, Copy)]
pub(crate) enum Trigger {
    /// libc called the hook; with the status, where libc passes one. `asked` is there when a signal
    /// or a request asked for the end, and the status does not contradict it.
    Hook { status: Option<i32>, asked: Option<Asked> },
    /// libc called the hook of a shared object.
    SharedObjectHook { status: Option<i32> },
    /// `exitmacro::exit`.
    Exit { code: i32 },
    /// `exitmacro::run`.
    Call,
    /// `exitmacro::run_async`, on a thread that a future waits for.
    #[cfg(feature = "async")]
    AwaitedCall,
    /// The process is about to end, for a reason that is known, outside of libc's `exit`. The
    /// budget counts from `since`.
    End { reason: ExitReason, code: i32, since: Option<Moment> },
    /// As `End`, on a thread that ends the process only if no other one does: `main` returns after
    /// the run.
    #[cfg(feature = "async")]
    Early { reason: ExitReason, code: i32 },
    /// A panic is about to abort the process.
    Abort,
    /// Another module ends the process, and the system has ended all other threads.
    #[cfg(windows)]
    Detach,
}

/// What asked for the end of the process: a signal, or a request with a status.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) reason: ExitReason,
    pub(crate) since: Moment,
    /// The status with which the process is to end.
    pub(crate) status: i32,
}

impl Asked {
    pub(crate) fn is_by_signal(self) -> bool {
        matches!(self.reason, ExitReason::Signal(_))
    }

    /// The status when `main` returns with `main_status` because it was asked to. The first failure
    /// decides; a signal is none.
    pub(crate) fn status_after_main(self, main_status: i32) -> i32 {
        let asks_for_failure = !self.is_by_signal() && sys::as_the_parent_sees(self.status) != 0;
        if main_status == 0 || asks_for_failure { self.status } else { main_status }
    }
}

/// The status that a shell shows for a process that aborted.
const ABORTED: i32 = 134;

impl Trigger {
    pub(super) fn ends_process(self) -> bool {
        self.reason() != ExitReason::Requested
    }

    /// Whether libc has called the hook, so that the thread is inside `exit` or `dlclose`.
    pub(super) fn is_in_hook(self) -> bool {
        matches!(self, Self::Hook { .. } | Self::SharedObjectHook { .. })
    }

    /// Whether the process may continue after the run.
    pub(super) fn may_continue(self) -> bool {
        matches!(self.reason(), ExitReason::Requested | ExitReason::Unload)
    }

    /// Whether the process ends with success by itself, as the parent of a daemon does.
    pub(crate) fn leaves_with_success(self) -> bool {
        let code = match self {
            Self::Hook { status, .. } => status.unwrap_or(0),
            Self::Exit { code } | Self::End { reason: ExitReason::Return, code, .. } => code,
            #[cfg(feature = "async")]
            Self::Early { reason: ExitReason::Return, code } => code,
            _ => return false,
        };
        sys::as_the_parent_sees(code) == 0
    }

    /// Whether a signal or a request with a status asked for the end.
    pub(super) fn is_asked_for(self) -> bool {
        matches!(self, Self::End { reason: ExitReason::Exit | ExitReason::Signal(_), .. })
    }

    /// Whether no thread can be started, so that the calling one executes the handlers.
    pub(super) fn is_without_threads(self) -> bool {
        #[cfg(windows)]
        if matches!(self, Self::Detach) {
            return true;
        }
        matches!(self, Self::SharedObjectHook { .. })
    }

    /// Whether a future waits for the calling thread.
    pub(super) fn is_awaited(self) -> bool {
        #[cfg(feature = "async")]
        return matches!(self, Self::AwaitedCall | Self::Early { .. });
        #[cfg(not(feature = "async"))]
        false
    }

    /// The status with which the process is to end, where it is known. What asked for success does
    /// not decide where `main` may have failed: then libc ends the process with the status of
    /// `main`.
    pub(super) fn code(self) -> Option<i32> {
        match self {
            Self::Hook { status, asked: Some(asked) } => {
                let is_failure = sys::as_the_parent_sees(asked.status) != 0;
                (is_failure || status.is_some()).then_some(asked.status)
            }
            Self::Hook { status, .. } | Self::SharedObjectHook { status } => status,
            Self::Exit { code } | Self::End { code, .. } => Some(code),
            #[cfg(feature = "async")]
            Self::Early { code, .. } => Some(code),
            Self::Abort => Some(ABORTED),
            Self::Call => None,
            #[cfg(windows)]
            Self::Detach => None,
            #[cfg(feature = "async")]
            Self::AwaitedCall => None,
        }
    }

    pub(super) fn reason(self) -> ExitReason {
        match self {
            Self::Hook { asked: Some(asked), .. } => asked.reason,
            Self::Hook { .. } | Self::Exit { .. } => ExitReason::Exit,
            Self::SharedObjectHook { .. } => ExitReason::Unload,
            Self::Call => ExitReason::Requested,
            #[cfg(feature = "async")]
            Self::AwaitedCall => ExitReason::Requested,
            Self::End { reason, .. } => reason,
            #[cfg(feature = "async")]
            Self::Early { reason, .. } => reason,
            Self::Abort => ExitReason::Panic,
            #[cfg(windows)]
            Self::Detach => ExitReason::Exit,
        }
    }

    pub(super) fn since(self) -> Option<Moment> {
        match self {
            Self::Hook { asked, .. } => asked.map(|asked| asked.since),
            Self::End { since, .. } => since,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::signal::Signal;

    #[test]
    fn the_first_failure_decides_the_status() {
        let by = |reason, status| Asked { reason, since: Moment::from_bits(1), status };
        let signal = ExitReason::Signal(Signal::TERM);
        for (asked, after_success, after_failure) in [
            (by(signal, 143), 143, 1),
            (by(signal, 0), 0, 1),
            (by(ExitReason::Exit, 3), 3, 3),
            (by(ExitReason::Exit, 0), 0, 1),
            (by(ExitReason::Exit, 256), 256, 1),
        ] {
            let found = [0, 1].map(|status| asked.status_after_main(status));
            assert_eq!(found, [after_success, after_failure], "{}", asked.status);
        }
    }

    #[test]
    fn each_trigger_has_its_reason_status_and_time() {
        let [asked_at, started_at] = [1, 2].map(Moment::from_bits);
        let reason = ExitReason::Signal(Signal::TERM);
        let asked = Some(Asked { reason, since: asked_at, status: 143 });
        for (trigger, reason, code, since, ends_process) in [
            (Trigger::Hook { status: Some(3), asked: None }, ExitReason::Exit, Some(3), None, true),
            (Trigger::Hook { status: None, asked: None }, ExitReason::Exit, None, None, true),
            (
                Trigger::Hook { status: Some(0), asked },
                ExitReason::Signal(Signal::TERM),
                Some(143),
                Some(asked_at),
                true,
            ),
            (
                Trigger::SharedObjectHook { status: Some(4) },
                ExitReason::Unload,
                Some(4),
                None,
                true,
            ),
            (Trigger::Exit { code: 5 }, ExitReason::Exit, Some(5), None, true),
            (Trigger::Call, ExitReason::Requested, None, None, false),
            (
                Trigger::End { reason: ExitReason::Return, code: 6, since: Some(started_at) },
                ExitReason::Return,
                Some(6),
                Some(started_at),
                true,
            ),
            (Trigger::Abort, ExitReason::Panic, Some(134), None, true),
        ] {
            assert_eq!(
                (trigger.reason(), trigger.code(), trigger.since(), trigger.ends_process()),
                (reason, code, since, ends_process)
            );
            assert!(!trigger.is_awaited() && !trigger.is_asked_for());
        }
        let request = Trigger::End { reason: ExitReason::Exit, code: 3, since: Some(asked_at) };
        assert!(request.is_asked_for() && request.ends_process());
    }

    #[test]
    fn success_that_was_asked_for_does_not_hide_an_unknown_status() {
        let by = |reason, status| Some(Asked { reason, since: Moment::from_bits(1), status });
        let signal = ExitReason::Signal(Signal::TERM);
        for (asked, known, unknown) in [
            (by(signal, 0), Some(0), None),
            (by(ExitReason::Exit, 0), Some(0), None),
            (by(signal, 143), Some(143), Some(143)),
            (by(ExitReason::Exit, 3), Some(3), Some(3)),
        ] {
            let found = [Some(0), None].map(|status| Trigger::Hook { status, asked }.code());
            assert_eq!(found, [known, unknown]);
        }
    }

    #[test]
    fn the_parent_of_a_daemon_leaves_with_success_by_itself() {
        let end = |reason, code| Trigger::End { reason, code, since: None };
        for trigger in [
            Trigger::Hook { status: Some(0), asked: None },
            Trigger::Hook { status: None, asked: None },
            Trigger::Exit { code: 0 },
            end(ExitReason::Return, 0),
        ] {
            assert!(trigger.leaves_with_success());
        }
        for trigger in [
            Trigger::Hook { status: Some(1), asked: None },
            Trigger::Exit { code: 3 },
            end(ExitReason::Return, 1),
            end(ExitReason::Signal(Signal::TERM), 0),
            Trigger::SharedObjectHook { status: None },
            Trigger::Call,
            Trigger::Abort,
        ] {
            assert!(!trigger.leaves_with_success());
        }
    }

    #[cfg(feature = "async")]
    #[test]
    fn two_triggers_are_awaited() {
        let early = Trigger::Early { reason: ExitReason::Panic, code: 7 };
        for (trigger, reason, code, ends_process) in [
            (Trigger::AwaitedCall, ExitReason::Requested, None, false),
            (early, ExitReason::Panic, Some(7), true),
        ] {
            assert_eq!(
                (trigger.reason(), trigger.code(), trigger.since(), trigger.ends_process()),
                (reason, code, None, ends_process)
            );
            assert!(trigger.is_awaited());
        }
    }
}
