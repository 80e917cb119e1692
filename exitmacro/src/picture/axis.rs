//! The axis of the time: where a moment stands, and which moments have a number.

use core::time::Duration;

/// From the beginning of the run, at `left`, to `end`.
pub(super) struct Axis {
    pub(super) left: f64,
    pub(super) width: f64,
    pub(super) end: Duration,
}

/// At most so many numbers beside the 0.
const MOST_TICKS: u128 = 6;

const SECOND: u128 = 1_000_000_000;

/// Distances of ticks in seconds, from ten seconds to a day.
const LONG: [u128; 14] =
    [10, 15, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 10_800, 21_600, 86_400];

impl Axis {
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    /// Where a moment stands, at most at the right end.
    pub(super) fn place(&self, at: Duration) -> f64 {
        let end = self.end.as_secs_f64();
        let part = if end > 0.0 { (at.as_secs_f64() / end).min(1.0) } else { 0.0 };
        self.left + part * self.width
    }

    /// The moments that have a number, from 0 on, with it.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (Duration, String)> {
        let end = self.end.as_nanos();
        let step = step(end);
        (0..=end / step).map(move |count| (duration(count * step), number(count * step, end)))
    }
}

/// The least round distance that makes few enough ticks.
fn step(end: u128) -> u128 {
    let few_enough = |&step: &u128| end / step <= MOST_TICKS;
    let decades = (0..10).map(|power| 10_u128.pow(power));
    let short = decades.flat_map(|decade| [1, 2, 5].map(|digit| digit * decade));
    let short = short.filter(|&step| step < 10 * SECOND);
    let long = LONG.into_iter().map(|seconds| seconds * SECOND);
    short.chain(long).find(few_enough).unwrap_or(end.div_ceil(MOST_TICKS).max(1))
}

fn duration(nanos: u128) -> Duration {
    let (seconds, rest) = (nanos / SECOND, nanos % SECOND);
    // Both fit: they come from a duration.
    Duration::new(u64::try_from(seconds).unwrap_or(u64::MAX), u32::try_from(rest).unwrap_or(0))
}

/// In the unit that fits the end of the axis.
fn number(nanos: u128, end: u128) -> String {
    let seconds = nanos / SECOND;
    if nanos == 0 {
        "0".to_owned()
    } else if end >= 120 * SECOND && nanos.is_multiple_of(SECOND) {
        clock(seconds)
    } else {
        let (unit, name) = match end {
            SECOND.. => (SECOND, "s"),
            1_000_000.. => (1_000_000, "ms"),
            1_000.. => (1_000, "µs"),
            _ => (1, "ns"),
        };
        let digits = usize::try_from(unit.ilog10()).unwrap_or(0);
        let decimals = format!("{:0digits$}", nanos % unit);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        format!("{}{point}{decimals}{name}", nanos / unit)
    }
}

/// Hours, minutes and seconds, without those that are 0.
fn clock(seconds: u128) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts = parts.into_iter().filter(|&(count, _)| count > 0);
    let parts: Vec<String> = parts.map(|(count, unit)| format!("{count}{unit}")).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ticks(nanos: u64) -> Vec<String> {
        let axis = Axis { left: 0.0, width: 100.0, end: Duration::from_nanos(nanos) };
        axis.ticks().map(|(_, number)| number).collect()
    }

    #[test]
    fn ticks_are_round_and_have_a_unit() {
        let cases: [(u64, &[&str]); 5] = [
            (4, &["0", "1ns", "2ns", "3ns", "4ns"]),
            (1_300, &["0", "0.2µs", "0.4µs", "0.6µs", "0.8µs", "1µs", "1.2µs"]),
            (41_000_000, &["0", "10ms", "20ms", "30ms", "40ms"]),
            (25_000_000_000, &["0", "5s", "10s", "15s", "20s", "25s"]),
            (300_000_000_000, &["0", "1min", "2min", "3min", "4min", "5min"]),
        ];
        for (nanos, expected) in cases {
            assert_eq!(ticks(nanos), expected);
        }
        assert_eq!(ticks(430_000_000_000)[..3], ["0", "2min", "4min"]);
        assert_eq!(ticks(150_000_000_000)[..3], ["0", "30s", "1min"]);
        assert_eq!(ticks(5_400_000_000_000)[..3], ["0", "20min", "40min"]);
        assert_eq!(ticks(0), ["0"]);
    }

    #[test]
    fn a_moment_behind_the_end_stands_at_the_end() {
        let axis = Axis { left: 10.0, width: 100.0, end: Duration::from_secs(4) };
        let places = [0, 1, 4, 9].map(|seconds| axis.place(Duration::from_secs(seconds)));
        assert_eq!(places, [10.0, 35.0, 110.0, 110.0]);
        assert_eq!(Axis { end: Duration::ZERO, ..axis }.place(Duration::MAX), 10.0);
    }

    proptest! {
        #[test]
        fn ticks_are_few_and_on_the_axis(seconds in any::<u64>(), nanos in 0..1_000_000_000_u32) {
            for end in [
                Duration::new(seconds, nanos),
                Duration::new(seconds % 1000, nanos),
                Duration::from_nanos(u64::from(nanos)),
            ] {
                let ticks: Vec<_> = Axis { left: 0.0, width: 1.0, end }.ticks().collect();
                prop_assert!((1..=7).contains(&ticks.len()), "{ticks:?}");
                prop_assert!(ticks.iter().all(|(at, _)| *at <= end));
                prop_assert!(
                    ticks.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1)
                );
            }
        }
    }
}
