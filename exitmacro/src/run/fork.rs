//! Keeps the state of the run whole across `fork`, and out of the child.

use super::state::Run;
use super::{LIVE, state};
use crate::handler::fork_watch::{ForkWatch, HeldLock, Inherited};
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
pub(super) fn watch() {
    static WATCH: ForkWatch = ForkWatch::new();
    // First the table: what is watched last is locked first, and the lock of the run comes before that of the table.
    registered::watch_forks();
    WATCH.start::<Run>();
}
