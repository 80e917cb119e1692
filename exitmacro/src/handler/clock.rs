//! Points in time as one number, so that keeping the clock costs a handler a few instructions.

use crate::sys;
use core::time::Duration;

/// Nanoseconds on the clock of the system that never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    /// Too far away for the clock: 584 years.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    #[inline]
    pub(crate) fn now() -> Self {
        Self(sys::monotonic_nanoseconds())
    }

    /// For memory that is shared between processes.
    pub(crate) const fn to_bits(self) -> u64 {
        self.0
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    #[must_use]
    pub(crate) fn plus(self, duration: Duration) -> Self {
        self.plus_nanoseconds(nanoseconds(duration))
    }

    #[must_use]
    pub(crate) fn plus_nanoseconds(self, nanoseconds: u64) -> Self {
        Self(self.0.saturating_add(nanoseconds))
    }

    /// At the beginning of the clock when that is earlier.
    #[must_use]
    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanoseconds(duration)))
    }

    /// The moment between the two.
    #[must_use]
    pub(crate) fn middle(self, end: Self) -> Self {
        Self(self.0.midpoint(end.0))
    }

    /// When nine tenths of the time from `now` to here have passed.
    #[must_use]
    pub(crate) fn without_tenth(self, now: Self) -> Self {
        Self(self.0 - self.0.saturating_sub(now.0) / 10)
    }

    /// The time from `earlier` to here, zero when it is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// As many as the clock can count.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::from(duration.subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_on() {
        let before = Moment::now();
        let end = before.plus(Duration::from_millis(1));
        while Moment::now() < end {}
        assert!(Moment::now().since(before) >= Duration::from_millis(1));
        assert_eq!(before.since(end), Duration::ZERO);
    }

    #[test]
    fn a_tenth_of_what_is_left_is_kept() {
        assert_eq!(Moment(1_100).without_tenth(Moment(100)), Moment(1_000));
        assert_eq!(Moment(100).without_tenth(Moment(1_100)), Moment(100), "nothing is left");
        assert!(Moment::NEVER.without_tenth(Moment(0)) < Moment::NEVER);
    }

    #[test]
    fn the_middle_is_half_way() {
        assert_eq!(Moment(100).middle(Moment(300)), Moment(200));
        assert!(Moment(100).middle(Moment::NEVER) < Moment::NEVER);
    }

    #[test]
    fn what_the_clock_cannot_tell_is_never() {
        assert_eq!(Moment::now().plus(Duration::MAX), Moment::NEVER);
        assert_eq!(
            Moment::now().plus(Duration::from_secs(u64::MAX / 1_000_000_000)),
            Moment::NEVER
        );
    }
}
