//! The engine: the pointers that lead from the entry at load and from the hook to the rest of the
//! crate, in programs with handlers.

use crate::handler::Returned;
use crate::handler::context::ExitContext;
use crate::handler::declared::Declared;
use crate::handler::engine::Engine;
use crate::handler::options::Options;
use crate::process::hook;
use crate::{engine as found, inherited, run};

static ENGINE: Engine = Engine {
    at_load,
    process_ends: hook::process_ends,
    has_ended: run::has_ended,
    #[cfg(libc_passes_status)]
    list_ends: hook::list_ends,
    #[cfg(windows)]
    process_detaches: hook::process_detaches,
};

/// Has the hook find the engine from now on, and watches forks. To be called before the first of
/// the locks that a fork waits for is taken.
#[inline]
pub(crate) fn start() {
    inherited::watch();
    found::start(&ENGINE);
}

/// The same at load, in a program that declares handlers.
fn at_load() {
    found::start_at_load(&ENGINE);
    inherited::watch();
}

/// Has handlers run in lanes, in a program that registers some.
#[inline]
pub(crate) fn have_lanes() {
    run::have_lanes();
}

impl Declared {
    /// A handler with what every handler has; the macros add the rest.
    #[must_use]
    pub const fn new(
        name: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
        column: u32,
        run: fn(&ExitContext) -> Returned,
    ) -> Self {
        Self::of_engine(&ENGINE, Options::NONE, name, module, file, line, column, run)
    }

    /// The same of one that takes nothing and returns nothing. Not an option, because it would take
    /// 15 % more time to compile a handler.
    #[must_use]
    pub const fn bare(
        name: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
        column: u32,
        run: fn(&ExitContext) -> Returned,
    ) -> Self {
        Self::of_engine(&ENGINE, Options::BARE, name, module, file, line, column, run)
    }
}
