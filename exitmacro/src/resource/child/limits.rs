//! How long the end of a child may take, so that an abandoned handler leaves no child behind.

use crate::handler::clock::Moment;
use crate::times::{BUSY_MARGIN, CHILD_OUTPUT_TIMEOUT, SHORTEST_CHILD_TIME};
use core::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering};

/// How much of the remaining time the child gets after its stop signal, and the wait for its
/// output.
pub(super) fn shares(grace: Duration, remaining: Duration) -> (Duration, Duration) {
    // The supervisor abandons a handler within a fraction of that.
    if remaining < SHORTEST_CHILD_TIME {
        return (Duration::ZERO, remaining / 4);
    }
    let margin = (remaining / 10).min(BUSY_MARGIN);
    let output = (remaining / 4).min(CHILD_OUTPUT_TIMEOUT);
    (grace.min(remaining.saturating_sub(margin + output)), output)
}

/// When a child that the end of a scope ends is killed at the latest, and until when its output is
/// waited for: never, until an exit waits for that end of the scope. Not behind a lock, which a
/// forked child may inherit locked.
#[derive(Debug)]
pub(super) struct Limits {
    kill: AtomicU64,
    output: AtomicU64,
}

impl Limits {
    pub(super) const fn none() -> Self {
        const NEVER: u64 = Moment::NEVER.to_bits();
        Self { kill: AtomicU64::new(NEVER), output: AtomicU64::new(NEVER) }
    }

    /// An exit waits, which has that much time.
    pub(super) fn set(&self, grace: Duration, remaining: Duration) {
        let (grace, output) = shares(grace, remaining);
        let kill = Moment::now().plus(grace);
        self.output.store(kill.plus(output).to_bits(), Ordering::Relaxed);
        self.kill.store(kill.to_bits(), Ordering::Relaxed);
    }

    pub(super) fn kill(&self) -> Moment {
        Moment::from_bits(self.kill.load(Ordering::Relaxed))
    }

    pub(super) fn output(&self) -> Moment {
        Moment::from_bits(self.output.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_child_is_killed_before_its_handler_is_abandoned() {
        let ms = Duration::from_millis;
        assert_eq!(shares(ms(2000), ms(10_000)), (ms(2000), ms(1000)));
        assert_eq!(shares(ms(2000), ms(2000)), (ms(1400), ms(500)));
        assert_eq!(shares(Duration::MAX, ms(100)), (ms(65), ms(25)));
        assert_eq!(shares(Duration::MAX, Duration::ZERO), (Duration::ZERO, Duration::ZERO));
        assert_eq!(shares(ms(1), Duration::MAX), (ms(1), ms(1000)));
        assert_eq!(shares(ms(2000), ms(8)), (Duration::ZERO, ms(2)), "killed at once");
    }

    #[test]
    fn an_exit_that_waits_limits_the_end_of_a_child() {
        let limits = Limits::none();
        assert_eq!((limits.kill(), limits.output()), (Moment::NEVER, Moment::NEVER));
        let ms = Duration::from_millis;
        let before = Moment::now();
        limits.set(Duration::MAX, ms(100));
        let after = Moment::now();
        assert!((before.plus(ms(65))..=after.plus(ms(65))).contains(&limits.kill()));
        assert_eq!(limits.output().since(limits.kill()), ms(25));
    }
}
