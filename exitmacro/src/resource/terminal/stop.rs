//! The terminal around a stop of the process.

use crate::handler::signal::{Answer, Signal};
use crate::process::signals::{self, InstallError};
use crate::resource::terminal::device::Modes;
use crate::resource::terminal::keeper::{Restored, open_one};
use crate::times::TERMINAL_TIMEOUT;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Has the two signals answered. A function, so that only programs that ask for this contain what
/// handles signals.
pub(super) type Answering = Box<dyn FnOnce() -> Result<(), InstallError> + Send>;

/// The modes that the program had set, if any, when a stop restored the terminal.
#[derive(Default)]
struct Stopped(Mutex<Option<Option<Modes>>>);

impl Stopped {
    fn lock(&self) -> MutexGuard<'_, Option<Option<Modes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_stop(&self) {
        match open_one().map(|keeper| keeper.restore(TERMINAL_TIMEOUT)) {
            // Also after a second SIGTSTP, that arrived before the process had stopped for the
            // first one: the modes that the first one found stay.
            Some(Ok(Restored::Unchanged)) => _ = self.lock().get_or_insert(None),
            Some(Ok(Restored::From(modes))) => *self.lock() = Some(Some(modes)),
            Some(Ok(Restored::NotAtHand) | Err(_)) | None => {}
        }
    }

    /// Whether the program has to draw. In the background it has not: the shell sends another
    /// SIGCONT when it brings the program to the foreground.
    fn note_continuation(&self) -> bool {
        let mut stopped = self.lock();
        let draws = open_one()
            .zip(stopped.as_ref())
            .is_some_and(|(keeper, modes)| keeper.set_again(modes.as_ref()));
        if draws {
            *stopped = None;
        }
        draws
    }
}

/// What has SIGTSTP and SIGCONT answered, and then calls the function. One that is ignored stays
/// ignored.
pub(super) fn answering(continued: impl Fn() + Send + Sync + 'static) -> Answering {
    Box::new(|| {
        let stopped = Arc::new(Stopped::default());
        let for_stop = Arc::clone(&stopped);
        signals::on(Signal::TSTP, move |_| {
            for_stop.note_stop();
            Answer::Stop
        })?;
        signals::on(Signal::CONT, move |_| {
            if stopped.note_continuation() {
                continued();
            }
            Answer::Handled
        })?;
        Ok(())
    })
}
