//! How somebody comes to the run, and what is known of the end of the process by that.

use crate::handler::clock::Moment;
use crate::handler::context::ExitReason;
use crate::handler::signal::Signal;

/// How somebody came to the gate.
#[derive(Clone, Copy)]
pub(crate) enum Trigger {
    /// libc called the hook; with the status, where it tells. `asked` is there when a signal had
    /// asked for the end, and the status does not say otherwise.
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
    /// The same, on a thread that ends the process only if no other one does: `main` is to return
    /// when the run is over.
    #[cfg(feature = "async")]
    Early { reason: ExitReason, code: i32 },
    /// A panic is about to abort the process.
    Abort,
}

/// What a signal that asked for the end of the process makes of it.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) signal: Signal,
    pub(crate) since: Moment,
    /// The status that the process is to end with.
    pub(crate) status: i32,
}

/// The status by which others know a process that aborted.
const ABORTED: i32 = 134;

impl Trigger {
    pub(super) fn ends_process(self) -> bool {
        self.reason() != ExitReason::Requested
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
    fn each_way_has_its_reason_status_and_time() {
        let [asked_at, began_at] = [1, 2].map(Moment::from_bits);
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
                Trigger::End { reason: ExitReason::Return, code: 6, since: Some(began_at) },
                ExitReason::Return,
                Some(6),
                Some(began_at),
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

    #[cfg(feature = "async")]
    #[test]
    fn two_ways_are_awaited() {
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
