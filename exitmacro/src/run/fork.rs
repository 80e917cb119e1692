//! Keeps the state of the run whole across `fork`, and out of the child.

use super::state::{Phase, Run};
use super::{IS_OVER, LIVE, PASSED, state};
use crate::error::AdoptError;
use crate::forks;
use crate::handler::fork_watch::{HeldLock, Inherited};
use crate::handler::owner::{self, Gone};
use crate::handler::registered;
use core::cell::Cell;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;
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
        IS_OVER.store(false, Ordering::Release);
        PASSED.store(0, Ordering::Relaxed);
    }
}

/// Makes the calling process the owner of the handlers that it inherited.
pub(crate) fn adopt() -> Result<(), AdoptError> {
    forks::watch();
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
