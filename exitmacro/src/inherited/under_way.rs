//! The cells that are being made, under their lock.

use crate::fork::watch::{HeldLock, Inherited};
#[cfg(feature = "async")]
use crate::inherited::awaited_cells::AwaitedCells;
use crate::sys::{self, Locked, ThreadKey, ThreadWatch};
use core::cell::Cell;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::LocalKey;

/// The cells that are being made, by their addresses, and the threads that make them.
pub(crate) struct UnderWay {
    pub(crate) cells: Vec<(usize, Maker)>,
    /// Those that futures are making.
    #[cfg(feature = "async")]
    pub(crate) awaited: AwaitedCells,
}

#[derive(Clone, Copy)]
pub(crate) struct Maker {
    pub(crate) thread: ThreadKey,
    pub(crate) watch: ThreadWatch,
}

static UNDER_WAY: Mutex<UnderWay> = Mutex::new(UnderWay {
    cells: Vec::new(),
    #[cfg(feature = "async")]
    awaited: AwaitedCells::new(),
});
/// Notified when a cell is no longer being made.
pub(crate) static CHANGED: Condvar = Condvar::new();

thread_local! {
    static HELD: HeldLock<UnderWay> = const { Cell::new(None) };
}

impl Inherited for UnderWay {
    fn lock() -> Locked<Self> {
        Locked::new(UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn held() -> &'static LocalKey<HeldLock<Self>> {
        &HELD
    }

    /// Only the thread that forked is in the child. Cells that other threads were making are made
    /// anew.
    fn disown(&mut self) {
        let me = sys::thread_key();
        self.cells.retain(|(_, maker)| maker.thread == me);
        #[cfg(feature = "async")]
        self.awaited.disown();
    }
}

impl UnderWay {
    pub(crate) fn maker(&self, cell: usize) -> Option<Maker> {
        self.cells.iter().find(|&&(other, _)| other == cell).map(|&(_, maker)| maker)
    }

    pub(crate) fn forget(&mut self, cell: usize) {
        self.cells.retain(|&(other, _)| other != cell);
        CHANGED.notify_all();
    }
}
