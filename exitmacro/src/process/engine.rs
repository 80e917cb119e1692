//! The engine: what leads from the entry at load and from the hook to all the rest, where there is
//! something to run.

use crate::handler::Returned;
use crate::handler::context::ExitContext;
use crate::handler::declared::Declared;
use crate::handler::engine::Engine;
use crate::process::hook;
use crate::{engine as found, inherited, run};

static ENGINE: Engine =
    Engine { at_load, process_ends: hook::process_ends, has_ended: run::has_ended };

/// Has the hook find the engine from now on, and watches forks. To be called before anything that a
/// fork waits for is locked for the first time.
#[inline]
pub(crate) fn start() {
    inherited::watch();
    found::start(&ENGINE);
}

/// The same at load, where handlers are declared.
fn at_load() {
    found::start_at_load(&ENGINE);
    inherited::watch();
}

impl Declared {
    /// All that every handler has.
    #[must_use]
    pub const fn new(
        name: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
        column: u32,
        run: fn(&ExitContext) -> Returned,
    ) -> Self {
        Self::of_engine(&ENGINE, name, module, file, line, column, run)
    }
}
