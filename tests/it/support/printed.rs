//! What a running program has printed so far.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a program has printed so far.
#[derive(Default)]
struct Printed {
    bytes: Vec<u8>,
    is_closed: bool,
}

/// An output stream of a program, which a thread reads.
#[derive(Clone, Default)]
pub(super) struct Output(Arc<(Mutex<Printed>, Condvar)>);

impl Output {
    pub(super) fn read(mut stream: impl Read + Send + 'static) -> Self {
        let output = Self::default();
        let found = output.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // A read error ends the output like a closed stream.
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                found.change(|printed| printed.bytes.extend_from_slice(&buffer[..length]));
            }
            found.change(|printed| printed.is_closed = true);
        });
        output
    }

    fn change(&self, change: impl FnOnce(&mut Printed)) {
        let (printed, changed) = &*self.0;
        change(&mut printed.lock().unwrap_or_else(PoisonError::into_inner));
        changed.notify_all();
    }

    /// Waits for a line of this kind, until the output is closed or `end` has passed.
    pub(super) fn wait_for(&self, is_it: impl Fn(&str) -> bool, end: Instant) -> Option<String> {
        let (printed, changed) = &*self.0;
        let find = |printed: &Printed| {
            let mut lines = printed
                .bytes
                .split_inclusive(|&byte| byte == b'\n')
                .filter_map(|line| line.strip_suffix(b"\n"));
            lines.find_map(|line| {
                str::from_utf8(line).ok().filter(|line| is_it(line)).map(str::to_owned)
            })
        };
        let waits = |printed: &mut Printed| !printed.is_closed && find(printed).is_none();
        let left = end.saturating_duration_since(Instant::now());
        let printed = changed.wait_timeout_while(
            printed.lock().unwrap_or_else(PoisonError::into_inner),
            left,
            waits,
        );
        find(&printed.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// All output, when it is closed or `end` has passed; and whether it is closed.
    pub(super) fn all(&self, end: Instant) -> (String, bool) {
        let (printed, changed) = &*self.0;
        // What was printed can be read even when no time is left.
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let printed = changed.wait_timeout_while(
            printed.lock().unwrap_or_else(PoisonError::into_inner),
            left,
            |printed| !printed.is_closed,
        );
        let printed = printed.unwrap_or_else(PoisonError::into_inner).0;
        (String::from_utf8_lossy(&printed.bytes).into_owned(), printed.is_closed)
    }
}
