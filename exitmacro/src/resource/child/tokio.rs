//! How a child process of tokio is closed.

use crate::resource::child::bare;
use crate::resource::cleanup::{AtExitCleanup, CleanupError};
use crate::sys;
use tokio::process::Child;

impl AtExitCleanup for Child {
    /// The child is not reaped here: tokio does that when the value drops, and would report an
    /// error to a task that waits for it.
    fn cleanup(&self) -> Result<(), CleanupError> {
        // Without a number, it was waited for.
        self.id().map_or(Ok(()), |child| bare::end(child, sys::stop_child))
    }

    fn cleanup_mut(&mut self) -> Result<(), CleanupError> {
        self.cleanup()?;
        // Reaps it. If other code has done that, nothing is left to do.
        _ = self.try_wait();
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use tokio::process::Command;
    use tokio::runtime::{Builder, Runtime};

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().expect("it starts")
    }

    fn sleep() -> Child {
        Command::new("sleep").arg("1000").spawn().expect("it starts")
    }

    #[test]
    fn a_child_of_tokio_is_ended_and_keeps_its_status() {
        runtime().block_on(async {
            let mut child = sleep();
            child.cleanup().expect("it ends");
            let status = child.wait().await.expect("it was not reaped");
            assert_eq!(status.signal(), Some(libc::SIGTERM));
            child.cleanup().expect("nothing is left to do");
        });
    }

    #[test]
    fn in_a_mutex_it_is_reaped_without_its_runtime() {
        let runtime = runtime();
        let child = tokio::sync::Mutex::new(runtime.block_on(async { sleep() }));
        drop(runtime);
        child.cleanup().expect("it ends");
        let mut child = child.into_inner();
        assert_eq!(child.id(), None, "it was waited for");
        let status = child.try_wait().expect("it is known").expect("it has ended");
        assert_eq!(status.signal(), Some(libc::SIGTERM));
    }
}
