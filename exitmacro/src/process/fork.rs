//! Moving the handlers into a forked child.

use crate::error::AdoptError;
use crate::process::engine;
use crate::run;

/// Makes the calling process the owner of the handlers that its parent declared and registered, as
/// a daemon does after it has forked away from the terminal.
///
/// They run once, in the calling process, when it ends, and no longer in the process that they came
/// from; the signals that it handled are handled here from now on. Handlers that the calling
/// process registered itself stay. In a process that owns its handlers already, nothing changes.
///
/// Call it right after the fork. A parent that exits with status 0 while a child of it is in a
/// session of its own waits up to a second for that child to adopt, otherwise 50 ms; after that it
/// runs its handlers itself.
///
/// # Errors
///
/// [`AdoptError::Finished`] when the handlers have run already, in the process that had them or in
/// this one, [`AdoptError::Taken`] when another child was faster, [`AdoptError::Signals`] when the
/// handlers are adopted but the signals are not handled.
///
/// # Platform
///
/// Elsewhere than on Linux and Android the parent also waits for a child that has become another
/// program in the meantime. On these it does so, too, where the kernel refuses robust futexes and
/// the child executes the same program again, or its program cannot be looked at.
///
/// ```no_run
/// // After `daemonize::Daemonize::new().start()`:
/// exitmacro::adopt()?;
/// # Ok::<(), exitmacro::AdoptError>(())
/// ```
pub fn adopt() -> Result<(), AdoptError> {
    engine::start();
    run::adopt()?;
    #[cfg(feature = "signals")]
    crate::process::signals::adopt().map_err(AdoptError::Signals)?;
    Ok(())
}
