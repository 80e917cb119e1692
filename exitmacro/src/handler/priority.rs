//! Named priorities, for the parts of a program that do not know each other.
//!
//! Higher runs first. A priority is any `i32`; these names fix an order that most programs share:
//! first stop new work, then finish old work, then close what the work used, and flush the logs
//! last.
//!
//! ```
//! use exitmacro::{at_exit, priority};
//!
//! #[at_exit(priority = priority::INTAKE)]
//! fn stop_listening() {}
//!
//! // Between two levels: after the worker threads, before the pools.
//! #[at_exit(priority = priority::RESOURCES + 50)]
//! fn write_checkpoint() {}
//!
//! // After all that may log.
//! #[at_exit(priority = priority::TELEMETRY)]
//! fn flush_traces() {}
//! # fn main() {}
//! ```
//!
//! The guide: [order](crate::guide::order), [quick starts](crate::guide::quick_starts).

/// Restore the terminal: raw mode off, alternate screen left. First, so that all later messages are
/// readable.
pub const TERMINAL: i32 = 500;
/// Stop accepting: listeners, queues, schedulers.
pub const INTAKE: i32 = 400;
/// Drain and join: worker threads, in-flight requests, child processes.
pub const WORK: i32 = 300;
/// Close what the work used: connection pools, databases.
pub const RESOURCES: i32 = 200;
/// Files: temporary files and directories, PID files.
pub const FILES: i32 = 100;
/// The priority of a handler that names none.
pub const DEFAULT: i32 = 0;
/// Flush traces and metrics. Last, so that earlier handlers can still log. Close the log itself at
/// `TELEMETRY - 1`, so that handlers of this priority can log as well.
pub const TELEMETRY: i32 = -100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_run_from_terminal_to_telemetry() {
        // Numbers of programs and of other crates are chosen beside these.
        let levels = [TERMINAL, INTAKE, WORK, RESOURCES, FILES, DEFAULT, TELEMETRY];
        assert_eq!(levels, [500, 400, 300, 200, 100, 0, -100]);
    }
}
