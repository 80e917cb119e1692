//! How somebody comes to the run, and what is known of the end of the process by that.

use crate::handler::context::ExitReason;
use crate::handler::moment::Moment;
use crate::handler::signal::Signal;

/// How somebody came to the gate.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// libc called the hook; with the status, where it tells. `asked` is there when a signal had asked for the end, and the status does not say otherwise.
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
    /// The process is about to end, for a reason that is known, outside of libc's `exit`. The budget counts from `since`.
    End { reason: ExitReason, code: i32, since: Option<Moment> },
    /// The same, on a thread that ends the process only if no other one does: `main` is to return when the run is over.
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

impl Way {
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
