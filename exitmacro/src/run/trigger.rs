//! What starts or joins a run, and what it says about the end of the process.

use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::signal::Signal;
use crate::sys;

/// Why a thread entered the run.
#[derive(Clone, Copy)]
pub(crate) enum Trigger {
    /// libc called the hook; with the status, where libc passes one. `asked` is there when a signal
    /// asked for the end, and the status does not contradict it.
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
}

/// A signal that asked for the end of the process.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) signal: Signal,
    pub(crate) since: Moment,
    /// The status with which the process is to end.
    pub(crate) status: i32,
}

/// The status that a shell shows for a process that aborted.
const ABORTED: i32 = 134;

impl Trigger {
    pub(super) fn ends_process(self) -> bool {
        self.reason() != ExitReason::Requested
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

    /// Whether a future waits for the calling thread.
    pub(super) fn is_awaited(self) -> bool {
        #[cfg(feature = "async")]
        return matches!(self, Self::AwaitedCall | Self::Early { .. });
        #[cfg(not(feature = "async"))]
        false
    }

    pub(super) fn code(self) -> Option<i32> {
        match self {
            Self::Hook { asked: Some(asked), .. } => Some(asked.status),
            Self::Hook { status, .. } | Self::SharedObjectHook { status } => status,
            Self::Exit { code } | Self::End { code, .. } => Some(code),
            #[cfg(feature = "async")]
            Self::Early { code, .. } => Some(code),
            Self::Abort => Some(ABORTED),
            Self::Call => None,
            #[cfg(feature = "async")]
            Self::AwaitedCall => None,
        }
    }

    pub(super) fn reason(self) -> ExitReason {
        match self {
            Self::Hook { asked: Some(asked), .. } => ExitReason::Signal(asked.signal),
            Self::Hook { .. } | Self::Exit { .. } => ExitReason::Exit,
            Self::SharedObjectHook { .. } => ExitReason::Unload,
            Self::Call => ExitReason::Requested,
            #[cfg(feature = "async")]
            Self::AwaitedCall => ExitReason::Requested,
            Self::End { reason, .. } => reason,
            #[cfg(feature = "async")]
            Self::Early { reason, .. } => reason,
            Self::Abort => ExitReason::Panic,
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

    #[test]
    fn each_trigger_has_its_reason_status_and_time() {
        let [asked_at, started_at] = [1, 2].map(Moment::from_bits);
        let asked = Some(Asked { signal: Signal::TERM, since: asked_at, status: 143 });
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
            assert!(!trigger.is_awaited());
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
