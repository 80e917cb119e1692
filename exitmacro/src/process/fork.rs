//! Moves the handlers into a forked child.

use crate::error::AdoptError;
use crate::process::engine;
use crate::run;

/// Makes the calling process the owner of the handlers that its parent declared and registered. For
/// daemons, right after the fork.
///
/// The handlers run once, in the calling process, when it ends, and no longer in the process that
/// they came from, except those with `fork = inherit`, which run in both, as receivers of
/// [`on_report`](fn@crate::on_report) do. The signals that the parent handled are handled here from
/// now on. Handlers that the calling process registered itself stay. So do the signals that it
/// installed itself, in place of those by which the parent ended, and its own function for a
/// signal. In a process that already owns its handlers, nothing changes.
///
/// Call it right after the fork. A parent that exits with status 0 waits for its child to adopt the
/// handlers: up to a second if the child has its own session, otherwise 50 ms. If no child has
/// adopted them by then, it runs them itself. A parent that exits with another status runs them at
/// once, and this function then returns [`AdoptError::Finished`]. If the parent ends without
/// running them, as by `_exit`, and no child has adopted them, the last child to end says on stderr
/// that they did not run.
///
/// The parent ends by `std::process::exit(0)` or `_exit`, not by a return from `main`: that drops
/// the tracked values in its scope. A value that the child has not adopted by then is closed, so
/// the file of a [`pid_file`](crate::resource) is gone.
///
/// By hand the order is: fork, `setsid`, a second fork, and in the last child `PidFile::rewrite`
/// and `adopt`. Of the two parents, the first one ends by `exit(0)`, which waits; the other one
/// too, or by `_exit`.
///
/// A *declared* handler also runs where a start fails, as in a second instance that finds the PID
/// file taken. If it removes a fixed path, the running daemon loses that file. Use a
/// [`resource`](crate::resource), or [`register`](fn@crate::register) the handler once the PID file
/// is made.
///
/// The guide: [daemons](crate::guide::daemons).
///
/// # Errors
///
/// [`AdoptError::Finished`] when the handlers have run already, in the process that owned them or
/// in this one, [`AdoptError::Taken`] when another child was faster, [`AdoptError::NoSharedMemory`]
/// when the owner would not learn of the adoption, [`AdoptError::Signals`] when the handlers are
/// adopted but the signals are not handled.
///
/// # Platform
///
/// Linux and Android detect a child that has become another program, and the parent does not wait
/// for it. On other systems the parent waits. It also waits where the kernel refuses robust futexes
/// and the child executes the same program again, or its program cannot be read.
///
/// ```no_run
/// // After `daemonize::Daemonize::new().start()`:
/// exitmacro::adopt()?;
/// # Ok::<(), exitmacro::AdoptError>(())
/// ```
#[doc(alias("daemon", "daemonize", "fork"))]
pub fn adopt() -> Result<(), AdoptError> {
    engine::start();
    run::adopt()?;
    #[cfg(feature = "signals")]
    crate::process::signals::adopt().map_err(AdoptError::Signals)?;
    Ok(())
}
