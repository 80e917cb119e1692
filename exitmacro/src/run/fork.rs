//! Keeps the state of the run whole across `fork`, and out of the child.

use super::state::{Phase, Run};
use super::{LIVE, state};
use crate::error::AdoptError;
use crate::handler::fork_watch::{ForkWatch, HeldLock, Inherited};
use crate::handler::owner::{self, Gone};
use crate::handler::registered;
use core::cell::Cell;
use std::sync::MutexGuard;
use std::thread::LocalKey;

thread_local! {
    static HELD: HeldLock<Run> = const { Cell::new(None) };
}

impl Inherited for Run {
    fn lock() -> MutexGuard<'static, Self> {
        state()
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    fn disown(&mut self) {
        Run::disown(self);
        LIVE.set_code(None);
    }
}

/// Watches forks for the table and for the run.
pub(crate) fn watch() {
    static WATCH: ForkWatch = ForkWatch::new();
    // First the table: what is watched last is locked first, and the lock of the run comes before that of the table.
    registered::watch_forks();
    WATCH.start::<Run>();
}

/// Makes the calling process the owner of the handlers that it inherited.
pub(crate) fn adopt() -> Result<(), AdoptError> {
    watch();
    let run = state();
    let mut table = registered::table();
    if run.phase != Phase::Idle {
        return Err(AdoptError::Finished);
    }
    owner::adopt(table.heritage()).map_err(|gone| match gone {
        Gone::Spent => AdoptError::Finished,
        Gone::Taken => AdoptError::Taken,
    })?;
    registered::adopt(&mut table);
    Ok(())
}
