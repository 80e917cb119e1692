//! What a thread that executes handlers does next.

#[cfg(feature = "picture")]
use crate::config::PictureFile;
use crate::config::TerminationMessage;
use crate::run::invocation::Invocation;

/// What the calling thread does next.
pub(super) enum Step {
    Execute(Invocation),
    /// The exiting thread executes this invocation; the runner supervises meanwhile.
    HandedOver(u64),
    /// Print the line first.
    Print,
    /// Nothing may start before a handler that is running has finished.
    Wait,
    /// All handlers have ended: tell others what became of them.
    Deliver(Delivery),
    /// The budget is used up.
    SkipTheRest,
    /// Nothing is left.
    End,
}

/// Who learns what became of the handlers, when all have ended.
pub(super) enum Delivery {
    /// Some handlers failed: the file of the termination message.
    Message(TerminationMessage),
    /// The receivers of the report.
    Report,
    /// What takes the events that are left when the budget is used up.
    #[cfg(events)]
    Events(Box<dyn FnOnce()>),
    /// The file that shows how the run went.
    #[cfg(feature = "picture")]
    Picture(PictureFile),
}
