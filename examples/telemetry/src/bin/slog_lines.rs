//! Prints 10,000 log lines by slog, whose asynchronous drain writes them in a thread of its own.
//! `process::exit` and a signal end the process while lines are in the queue. The handler drops the
//! guard, which waits until all are written.

use exitmacro::{at_exit, priority};
use slog::{Drain, Logger, Never, OwnedKVList, Record, info, o};
use slog_async::{Async, AsyncGuard};
use std::io::{self, Write};
use std::sync::Mutex;

static GUARD: Mutex<Option<AsyncGuard>> = Mutex::new(None);

// Last of all, so that the other handlers can still log.
#[at_exit(priority = priority::TELEMETRY)]
fn write_last_lines() {
    drop(GUARD.lock().unwrap().take());
}

/// The simplest format. `slog-term` and `slog-json` have better ones.
struct Lines;

impl Drain for Lines {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record, _: &OwnedKVList) -> Result<(), Never> {
        _ = writeln!(io::stdout(), "{} {}", record.level(), record.msg());
        Ok(())
    }
}

#[exitmacro::main(signals)]
fn main() {
    // By default there is room for 128 lines, and further ones are dropped.
    let (drain, guard) = Async::new(Lines).chan_size(20_000).build_with_guard();
    *GUARD.lock().unwrap() = Some(guard);
    let log = Logger::root(drain.fuse(), o!());

    for order in 1..=10_000 {
        info!(log, "stored order {order}");
    }
    exitmacro_telemetry::end();
}
