//! Durations in lines and tables.

use core::fmt;
use core::time::Duration;

/// A duration with one decimal. Simpler than `Debug`, whose code alone would be a tenth of this
/// crate.
pub(crate) struct Took(pub(crate) Duration);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, tenths, unit) = tenths(self.0);
        write!(f, "{whole}.{tenths}{unit}")
    }
}

/// A configured duration: like [`Took`], without a decimal that is 0.
pub(crate) struct Size(pub(crate) Duration);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match tenths(self.0) {
            (whole, 0, unit) => write!(f, "{whole}{unit}"),
            _ => Took(self.0).fmt(f),
        }
    }
}

/// The whole number of the largest unit that fits, and the tenths of it, cut off, not rounded.
fn tenths(duration: Duration) -> (u64, u32, &'static str) {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    let parts = |unit: u32| (u64::from(nanos / unit), nanos / (unit / 10) % 10);
    match (seconds, nanos) {
        (0, 0..1_000_000) => (parts(1_000).0, parts(1_000).1, "µs"),
        (0, _) => (parts(1_000_000).0, parts(1_000_000).1, "ms"),
        _ => (seconds, nanos / 100_000_000, "s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_decimal_and_a_fitting_unit() {
        let cases = [
            (0, "0.0µs"),
            (1_250, "1.2µs"),
            (999_999, "999.9µs"),
            (1_000_000, "1.0ms"),
            (999_999_999, "999.9ms"),
            (61_050_000_000, "61.0s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(Took(Duration::from_nanos(nanos)).to_string(), text);
        }
    }

    #[test]
    fn configured_durations_have_a_decimal_only_if_it_is_not_zero() {
        let cases = [
            (1_000, "1µs"),
            (14_000_000, "14ms"),
            (14_250_000, "14.2ms"),
            (10_000_000_000, "10s"),
            (1_500_000_000, "1.5s"),
            (90_000_000_000, "90s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(Size(Duration::from_nanos(nanos)).to_string(), text);
        }
    }
}
