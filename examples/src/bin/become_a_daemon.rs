//! Becomes a daemon and adopts the handlers. They run once, in the daemon, when SIGTERM ends it,
//! and in no process between the two. The status is that of the process that was started.
//!
//! Output:
//! ```text
//! working in the daemon
//! socket removed in the daemon, because of SIGTERM, status Some(143)
//! ```
//! Status: 0

#[cfg(unix)]
mod unix {
    use daemonize::Daemonize;
    use exitmacro::{ExitContext, at_exit, shutdown};
    use std::error::Error;
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd;
    use std::sync::OnceLock;

    static PLACE: OnceLock<&str> = OnceLock::new();

    #[at_exit]
    fn remove_socket(exit: &ExitContext) {
        let place = PLACE.get().unwrap_or(&"another process");
        println!(
            "socket removed in {place}, because of {}, status {:?}",
            exit.reason(),
            exit.code()
        );
    }

    pub(super) fn run() -> Result<(), Box<dyn Error>> {
        // A real daemon has a log file.
        let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Daemonize::new().stdout(stdout).start()?;
        // Handlers belong to the process that was started, until a child adopts them. Signal
        // handling moves with them.
        exitmacro::adopt()?;

        let place = PLACE.get_or_init(|| "the daemon");
        println!("working in {place}");
        // SAFETY: has no preconditions.
        unsafe { libc::raise(libc::SIGTERM) };
        shutdown::wait();
        Ok(())
    }
}

#[cfg(unix)]
#[exitmacro::main(signals)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    unix::run()
}

#[cfg(not(unix))]
fn main() {}
