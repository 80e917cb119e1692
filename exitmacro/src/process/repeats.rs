//! Which signals count. One request to end may arrive twice within microseconds: `timeout` and
//! shells signal the process and its group; wrappers forward a Ctrl-C that the terminal has already
//! delivered.

use crate::times::SAME_REQUEST;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;

/// What a signal means to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// End the process.
    First,
    /// The first signal once more.
    Repeated,
    /// End the process at once.
    Forced,
}

/// The first signal of a process: its number in the lowest byte, its time in microseconds above.
/// One word, so that an OS handler sees both or neither. Zero as long as none has arrived.
pub(super) struct FirstSignal(AtomicU64);

impl FirstSignal {
    pub(super) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(super) fn forget(&self) {
        self.0.store(0, SeqCst);
    }

    /// The number of the first signal.
    pub(super) fn number(&self) -> Option<i32> {
        Some((self.0.load(SeqCst) & 0xff) as i32).filter(|&number| number != 0)
    }

    /// Notes a signal that arrived at `now`, in nanoseconds. Async-signal-safe.
    pub(super) fn note(&self, signal: i32, now: u64) -> Meaning {
        let came = (now / 1_000) << 8 | u64::from(signal as u8);
        match self.0.compare_exchange(0, came, SeqCst, SeqCst) {
            Ok(_) => Meaning::First,
            Err(first) => meaning(first, came),
        }
    }
}

/// The time counts from the first signal, not from the previous one: a sender that repeats for ever
/// forces the end in the end.
fn meaning(first: u64, came: u64) -> Meaning {
    let is_same = first & 0xff == came & 0xff;
    // Two threads may handle signals at once, and note the later one first.
    let since = (came >> 8).saturating_sub(first >> 8);
    if is_same && u128::from(since) < SAME_REQUEST.as_micros() {
        Meaning::Repeated
    } else {
        Meaning::Forced
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn the_same_signal_within_a_quarter_of_a_second_counts_once() {
        let first = FirstSignal::new();
        assert_eq!(first.number(), None);
        assert_eq!(first.note(15, 1_000 * MS), Meaning::First);
        assert_eq!(first.number(), Some(15));
        for (after, meaning) in [
            (0, Meaning::Repeated),
            (1, Meaning::Repeated),
            (249, Meaning::Repeated),
            (250, Meaning::Forced),
            (10_000, Meaning::Forced),
        ] {
            assert_eq!(first.note(15, (1_000 + after) * MS), meaning, "{after} ms");
        }
    }

    #[test]
    fn another_signal_forces_the_end_at_once() {
        let first = FirstSignal::new();
        assert_eq!(first.note(2, 0), Meaning::First);
        assert_eq!(first.note(15, 0), Meaning::Forced);
    }

    #[test]
    fn a_sender_that_never_stops_forces_the_end() {
        let first = FirstSignal::new();
        let meanings: Vec<_> = (0..4).map(|number| first.note(2, number * 100 * MS)).collect();
        assert_eq!(
            meanings,
            [Meaning::First, Meaning::Repeated, Meaning::Repeated, Meaning::Forced]
        );
    }

    #[test]
    fn a_process_that_begins_anew_has_a_first_signal_again() {
        let first = FirstSignal::new();
        assert_eq!(first.note(2, 0), Meaning::First);
        first.forget();
        assert_eq!(first.note(15, 0), Meaning::First);
    }

    proptest! {
        #[test]
        fn exactly_one_is_first_and_only_its_like_are_repeated(
            mut signals in prop::collection::vec((1..64_i32, 0..2_000_u64), 1..50),
            start in 0..1_u64 << 62,
        ) {
            signals.sort_by_key(|&(_, at)| at);
            let note = FirstSignal::new();
            let (first, since) = signals[0];
            for (place, (signal, at)) in signals.into_iter().enumerate() {
                let expected = match (place, signal == first && at - since < 250) {
                    (0, _) => Meaning::First,
                    (_, true) => Meaning::Repeated,
                    (_, false) => Meaning::Forced,
                };
                // Whole microseconds, which are all that is stored.
                prop_assert_eq!(note.note(signal, start / 1_000 * 1_000 + at * MS), expected);
            }
        }
    }
}
